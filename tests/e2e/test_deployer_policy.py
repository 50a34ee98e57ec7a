"""Tests that the deployer policy of `backend create` has exactly the permissions that Terraform needs."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from attached_provider import run_provider
from click.testing import CliRunner

from domovoi_tf.cli.pipeline import load_deployed
from domovoi_tf.cli.root import cli
from domovoi_tf.cli.terraform import backend_bucket
from domovoi_tf.errors import TerraformError
from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.state import bucket_creation
from domovoi_tf.state.deployer.policy import build_plan_policy
from domovoi_tf.terraform.installation import Binary, find_binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]
KEY = "bar/dev/terraform.tfstate"
ROOT = f"""terraform {{
  backend "s3" {{
    bucket       = "deployers-states"
    encrypt      = true
    key          = "{KEY}"
    region       = "us-east-1"
    use_lockfile = true
  }}
}}
output "greeting" {{ value = "hello" }}
"""


class Deployer(NamedTuple):
    """An IAM user, and Terraform with that user's credentials."""

    iam: Any
    s3: Any
    policy: dict[str, Any]
    runner: Terraform

    def apply(self, policy: dict[str, Any]) -> None:
        self.iam.put_user_policy(UserName="ada", PolicyName="state", PolicyDocument=json.dumps(policy))
        shutil.rmtree(self.runner.folder / ".terraform", ignore_errors=True)
        self.runner.capture("init", "-input=false")
        self.runner.capture("apply", "-input=false", "-auto-approve")


@pytest.fixture(scope="module")
def deployer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployer]:
    """A user without policies, and a bucket for the state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMOVOI_TF_HOME", str(tmp_path_factory.mktemp("home")))
        emulator = local.start(iam=True)
        variables = {**os.environ, **emulator_environment.build_environment(emulator)}
        environ = {name: value for name, value in variables.items() if name not in emulator_environment.UNSET}
        created = bucket_creation.create_bucket("s3", {"bucket": "deployers-states"}, environ)
        iam, s3 = (
            emulator_environment.create_client(emulator, "iam"),
            emulator_environment.create_client(emulator, "s3"),
        )
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        folder = tmp_path_factory.mktemp("root")
        (folder / "main.tf").write_text(ROOT)
        credentials = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
        runner = Terraform(
            folder,
            {**emulator_environment.build_overrides(emulator, os.environ), **credentials},
            find_binary(os.environ),
        )
        yield Deployer(iam, s3, bucket_creation.build_deployer_policy(created, KEY), runner)
        local.stop()


def test_bucket_denies_requests_without_tls(deployer: Deployer) -> None:
    # The emulator has no TLS, and takes all requests for HTTPS.
    policy = json.loads(deployer.s3.get_bucket_policy(Bucket="deployers-states")["Policy"])
    (statement,) = policy["Statement"]
    assert {name: statement[name] for name in ("Effect", "Principal", "Action", "Condition")} == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert statement["Resource"] == ["arn:aws:s3:::deployers-states", "arn:aws:s3:::deployers-states/*"]


def test_deployer_with_the_policy_can_apply(deployer: Deployer) -> None:
    deployer.apply(deployer.policy)
    assert deployer.runner.read_json("output")["greeting"]["value"] == "hello"


def test_plan_of_the_state_needs_neither_the_lock_nor_permissions_to_write(deployer: Deployer) -> None:
    deployer.apply(deployer.policy)
    reading = json.dumps(build_plan_policy(deployer.policy))
    deployer.iam.put_user_policy(UserName="ada", PolicyName="state", PolicyDocument=reading)
    deployer.runner.capture("plan", "-input=false", "-lock=false")
    with pytest.raises(TerraformError, match="AWS denies s3:PutObject"):
        deployer.runner.capture("plan", "-input=false")


@pytest.mark.parametrize(
    ("number", "action", "message"),
    [
        (1, "s3:GetObject", "AWS denies s3:GetObject to these credentials"),
        (2, "s3:PutObject", "AWS denies s3:PutObject to arn:aws:iam::000000000000:user/ada"),
        (2, "s3:DeleteObject", "is still locked: s3:DeleteObject failed: "),
    ],
)
def test_deployer_without_one_of_the_actions_cannot_apply(
    number: int, action: str, message: str, deployer: Deployer
) -> None:
    policy = copy.deepcopy(deployer.policy)
    policy["Statement"][number]["Action"].remove(action)
    with pytest.raises(TerraformError, match=message):
        deployer.apply(policy)


APP = """from domovoi_tf import Domovoi, scoped

app = Domovoi()


@app.sns_topic_subscriber("deployers-orders")
def pour(event, context): ...


@app.sqs_queue_subscriber(scoped("deliveries"))
def deliver(event, context): ...


@app.s3_event_handler(scoped("tags"), ["s3:ObjectCreated:*"], use_sns=False, create=True)
def label(event, context): ...


@app.scheduled_function("rate(1 day)", rule_name="deployers-open")
def open_shop(event, context): ...


@app.scheduled_function("rate(1 day)", timezone="Europe/Vienna")
def shut(event, context): ...


@app.kinesis_stream_handler(scoped("tills"), create=True)
def add_up(event, context): ...


@app.function_url()
def serve(event, context): ...


machine = {"StartAt": "Bake", "States": {"Bake": {"Type": "Task", "End": True}}}


@app.step_function_task("Bake", machine, state_machine_name="pie")
def bake(event, context): ...
"""
#: The prefix is so long that the names of the roles of the schedule and of the state machine are cut.
CONFIGURATION = {
    "app_name": "deployers",
    "role_name_prefix": "tavern-beside-the-old-observatory-of-the-city-",
}


#: Actions that the policy permits on ARNs, and the emulator checks without one. For it, reading an event
#: source mapping is listing all.
EMULATED = {
    "Sid": "Emulated",
    "Effect": "Allow",
    "Action": [
        *(f"events:{name}" for name in ("ListTagsForResource", "ListTargetsByRule", "PutTargets")),
        "events:RemoveTargets",
        *("lambda:CreateFunction", "lambda:ListEventSourceMappings"),
        *(f"{service}:ListTagsForResource" for service in ("scheduler", "sns", "states")),
    ],
    "Resource": "*",
}


class AppDeployer(NamedTuple):
    """A project, the policy for deploying it, and Terraform in its stage with the deployer's credentials."""

    iam: Any
    policy: dict[str, Any]
    runner: Terraform

    def run(self, policy: dict[str, Any], *arguments: str, reads: bool = False) -> str:
        emulated = build_plan_policy({"Statement": [EMULATED]})["Statement"] if reads else [EMULATED]
        document = {**policy, "Statement": [*policy["Statement"], *emulated]}
        self.iam.put_user_policy(UserName="ada", PolicyName="app", PolicyDocument=json.dumps(document))
        return self.runner.capture(*arguments, "-input=false")


@pytest.fixture(scope="module")
def app_deployer(
    deployer: Deployer,
    tmp_path_factory: pytest.TempPathFactory,
    terraform_binary: Binary,
    terraform_environment: dict[str, str],
) -> Iterator[AppDeployer]:
    """An app whose state is a local file, so that the deployer needs only the policy for its resources."""
    project = tmp_path_factory.mktemp("deployers")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps(CONFIGURATION))
    (project / "app.py").write_text(APP)
    for command in ("render", "package"):
        done = CliRunner().invoke(cli, ["-C", str(project), command])
        assert done.exit_code == 0, done.output
    bucket = bucket_creation.CreationResult("b", "us-east-1", (), account="000000000000")
    policy = backend_bucket.build_app_policy(load_deployed(project, "dev"), bucket, at_emulator=True)
    stage = project / "terraform" / "stages" / "dev"
    environment = {**deployer.runner.environment, **terraform_environment}
    folder = tmp_path_factory.mktemp("provider")
    variables = {name: value for name, value in environment.items() if value is not None}
    with run_provider(folder, terraform_binary, variables) as provider:
        runner = Terraform(stage, environment, provider.attach(terraform_binary))
        runner.capture("init", "-input=false")
        yield AppDeployer(deployer.iam, policy, runner)


def test_deployer_can_create_change_and_destroy_the_resources_of_an_app(app_deployer: AppDeployer) -> None:
    app_deployer.run(app_deployer.policy, "apply", "-auto-approve")
    reading = build_plan_policy(app_deployer.policy)
    assert "No changes." in app_deployer.run(reading, "plan", reads=True)
    with pytest.raises(TerraformError, match="AWS denies "):
        app_deployer.run(reading, "destroy", "-auto-approve", "-target=module.app.module.pour", reads=True)
    without = copy.deepcopy(app_deployer.policy)
    for statement in without["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != "sqs:GetQueueAttributes"]
    with pytest.raises(TerraformError, match="AWS denies sqs:GetQueueAttributes"):
        app_deployer.run(without, "plan")
    other = json.loads(json.dumps(app_deployer.policy).replace("deployers-", "others-"))
    with pytest.raises(TerraformError, match="AWS denies "):
        app_deployer.run(other, "plan")
    app_deployer.run(app_deployer.policy, "destroy", "-auto-approve")


def test_policy_grants_the_use_of_the_kms_key() -> None:
    created = bucket_creation.CreationResult(
        "b", "cn-north-1", (), "aws-cn", "arn:aws-cn:kms:cn-north-1:1:key/k"
    )
    assert bucket_creation.build_deployer_policy(created, "bar/dev/terraform.tfstate") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "StateBucket",
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": "arn:aws-cn:s3:::b",
            },
            {
                "Sid": "State",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": f"arn:aws-cn:s3:::b/{KEY}",
            },
            {
                "Sid": "StateLock",
                "Effect": "Allow",
                "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                "Resource": f"arn:aws-cn:s3:::b/{KEY}.tflock",
            },
            {
                "Sid": "StateKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "arn:aws-cn:kms:cn-north-1:1:key/k",
            },
        ],
    }
