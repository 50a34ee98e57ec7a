"""Tests the effects of function settings on an emulator that enforces the policies of roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest
from polling import wait_until

from domovoi_tf.loading import loader
from domovoi_tf.local import emulator_environment
from domovoi_tf.packaging.build import build
from domovoi_tf.packaging.target import Target
from domovoi_tf.rendering.output_tree import compare_tree, write_changes
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.synthesis.app_module import find_package_kinds, synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

from .conftest import PATIENCE, OpenAccount, apply, read_lines

pytestmark = pytest.mark.emulator

QUEUE = "arn:aws:sqs:us-east-1:000000000000:tavern-spilt"
KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111"
APP = """
import json
import boto3
import domovoi_tf
from botocore.exceptions import ClientError

app = domovoi_tf.Domovoi()
app.function("clumsy", memory_size=128)
app.function("rude")

machine = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}

def send(name):
    sqs = boto3.client("sqs")
    try:
        sqs.send_message(QueueUrl=f"{sqs.meta.endpoint_url}/000000000000/{name}", MessageBody="by hand")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"

@app.step_function_task("Brew", machine)
def brew(event, context):
    return {"brew": 1, "version": context.function_version}

@app.sns_topic_subscriber("tavern-orders", function="clumsy")
def spill(event, context):
    results = {"own": send("tavern-spilt"), "other": send("tavern-elsewhere")}
    context.log(json.dumps({"handler": "spill", **results}))
    raise ValueError("spilt")

@app.sns_topic_subscriber("tavern-orders", function="rude")
def curse(event, context):
    context.log(json.dumps({"handler": "curse", "own": send("tavern-spilt")}))
"""
NOTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
SETTINGS = Settings(
    app_name="tavern",
    stage="dev",
    timeout=10,
    description="Serves beer.",
    ephemeral_storage_size=1024,
    log_format="JSON",
    application_log_level="WARN",
    log_retention_in_days=7,
    xray=True,
    publish=True,
    maximum_retry_attempts=1,
    maximum_event_age=3600,
    functions={
        "clumsy": FunctionSettings(
            memory_size=256,
            dead_letter_queue_target_arn=QUEUE,
            source_kms_key_arns=(KEY,),
            destination_kms_key_arns=(KEY,),
        ),
        "rude": FunctionSettings(dead_letter_queue_target_arn=QUEUE, autogen_policy=False, policy=NOTHING),
    },
)


class Tavern(NamedTuple):
    """The deployed app."""

    project: Path
    runner: tftest.TerraformTest
    emulator: emulator_environment.Emulator

    def client(self, service: str) -> Any:
        return emulator_environment.create_client(self.emulator, service)

    def deploy(self) -> None:
        """Renders with the settings, builds the package and applies."""
        application = loader.load(self.project, {})
        assert validate(application, SETTINGS) == ()
        out = self.project / "terraform"
        files = render(synthesize(application, SETTINGS), assets.find_templates(), assets.find_modules())
        write_changes(out, compare_tree(out, files, ["dev"]))
        build(self.project, out / "app" / "package.zip", Target(), find_package_kinds(application))
        self.runner.setup(cleanup_on_exit=False)
        apply(self.runner)

    def plan_changes(self) -> list[str]:
        """Returns the addresses of the resources that a plan would change."""
        plan = self.runner.plan(output=True)
        changes = plan.resource_changes.items()
        return [
            address for address, each in changes if each["change"]["actions"] not in (["no-op"], ["read"])
        ]


@pytest.fixture(scope="module")
def tavern(tmp_path_factory: pytest.TempPathFactory, open_account: OpenAccount) -> Iterator[Tavern]:
    project = tmp_path_factory.mktemp("tavern")
    (project / "app.py").write_text(APP)
    root = project / "terraform" / "stages" / "dev"
    root.mkdir(parents=True)
    with open_account(iam=True) as account:
        for name in ("tavern-spilt", "tavern-elsewhere"):
            account.client("sqs").create_queue(QueueName=name)
        binary, environment = str(account.terraform.path), account.environment
        runner = tftest.TerraformTest(str(root), binary=binary, env=environment)
        deployed = Tavern(project, runner, account.emulator)
        deployed.deploy()
        yield deployed


def read_bodies(tavern: Tavern, name: str) -> list[Any]:
    """Returns the messages in a queue, except those that the handlers send themselves."""
    sqs = tavern.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in received.get("Messages", []) if message["Body"] != "by hand"]


def read_tavern_lines(tavern: Tavern, function: str) -> list[Any]:
    """Returns the JSON objects that a function has logged."""
    return read_lines(tavern.emulator, f"/aws/lambda/tavern-dev-{function}")


def run_machine(tavern: Tavern) -> Any:
    """Runs the state machine and returns its output."""
    states = tavern.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    assert wait_until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING", PATIENCE)
    execution = states.describe_execution(executionArn=arn)
    assert execution["status"] == "SUCCEEDED", execution
    return json.loads(execution["output"])


@pytest.fixture(scope="module")
def ordered(tavern: Tavern) -> Tavern:
    """The app after each function got an order, asynchronously, as SNS invokes functions on AWS."""
    sns = tavern.client("sns")
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    message = {"TopicArn": topic, "Message": "stout"}
    event = json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": message}]}).encode()
    for name in ("tavern-dev-clumsy", "tavern-dev-rude"):
        tavern.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=event)
    return tavern


def test_event_that_fails_reaches_the_dead_letter_queue(ordered: Tavern) -> None:
    """The emulator sends an invocation record, as AWS does to destinations."""
    assert wait_until(lambda: bool(read_bodies(ordered, "tavern-spilt")), PATIENCE)
    (letter,) = map(json.loads, read_bodies(ordered, "tavern-spilt"))
    assert letter["requestPayload"]["Records"][0]["Sns"]["Message"] == "stout"
    assert letter["responsePayload"]["errorMessage"] == "spilt"
    assert len(read_tavern_lines(ordered, "clumsy")) == 2, "once, and one retry"


def test_role_may_send_only_to_its_dead_letter_queue(ordered: Tavern) -> None:
    """The emulator does not check Lambda's own requests, but those of handlers, which have the same role."""
    assert wait_until(
        lambda: bool(read_tavern_lines(ordered, "clumsy") and read_tavern_lines(ordered, "rude")), PATIENCE
    )
    assert read_tavern_lines(ordered, "clumsy")[0] == {
        "handler": "spill",
        "own": "done",
        "other": "AccessDenied",
    }
    assert read_tavern_lines(ordered, "rude")[0] == {"handler": "curse", "own": "AccessDenied"}


def test_roles_have_a_policy_for_each_concern(tavern: Tavern) -> None:
    iam = tavern.client("iam")
    names = {
        role: sorted(iam.list_role_policies(RoleName=role)["PolicyNames"])
        for role in ("tavern-dev", "tavern-dev-clumsy", "tavern-dev-rude")
    }
    assert names == {
        "tavern-dev": ["logs", "states", "xray"],
        "tavern-dev-clumsy": ["dead_letter", "kms", "logs", "states", "xray"],
        "tavern-dev-rude": ["user"],
    }


def test_role_may_use_keys_only_through_the_services_that_they_belong_to(tavern: Tavern) -> None:
    found = tavern.client("iam").get_role_policy(RoleName="tavern-dev-clumsy", PolicyName="kms")
    assert found["PolicyDocument"]["Statement"] == [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Action": actions,
            "Resource": [KEY],
            "Condition": {
                "StringEquals": {"kms:ViaService": [f"{each}.us-east-1.amazonaws.com" for each in services]}
            },
        }
        for sid, actions, services in (
            ("Kms", ["kms:Decrypt"], ["dynamodb", "kinesis", "sqs"]),
            ("Kms2", ["kms:Decrypt", "kms:GenerateDataKey"], ["s3", "sns", "sqs"]),
        )
    ]


def test_function_has_its_settings(tavern: Tavern) -> None:
    client = tavern.client("lambda")
    function = client.get_function_configuration(FunctionName="tavern-dev-clumsy")
    assert (function["Description"], function["MemorySize"], function["Timeout"]) == ("Serves beer.", 256, 10)
    assert (function["EphemeralStorage"], function["TracingConfig"]) == ({"Size": 1024}, {"Mode": "Active"})
    assert (function["LoggingConfig"]["LogFormat"], function["DeadLetterConfig"]) == (
        "JSON",
        {"TargetArn": QUEUE},
    )
    invocation = client.get_function_event_invoke_config(FunctionName="tavern-dev-clumsy")
    assert (invocation["MaximumRetryAttempts"], invocation["MaximumEventAgeInSeconds"]) == (1, 3600)


def test_second_plan_is_empty(tavern: Tavern) -> None:
    assert tavern.plan_changes() == []


def test_new_package_becomes_a_version_that_the_machine_runs(tavern: Tavern) -> None:
    client, states = tavern.client("lambda"), tavern.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    before = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]
    assert ":function:tavern-dev:live" in before
    assert run_machine(tavern) == {"brew": 1, "version": "1"}
    app = tavern.project / "app.py"
    app.write_text(app.read_text().replace('"brew": 1', '"brew": 2'))
    tavern.deploy()
    assert client.get_alias(FunctionName="tavern-dev", Name="live")["FunctionVersion"] == "2"
    assert run_machine(tavern) == {"brew": 2, "version": "2"}
    assert states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"] == before
    versions = client.list_versions_by_function(FunctionName="tavern-dev")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert tavern.plan_changes() == []
