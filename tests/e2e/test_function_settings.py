"""Settings of functions at work on the emulator, which enforces the roles' policies; one applied stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest

from domovoi_tf.loading import loader
from domovoi_tf.local import emulator_environment
from domovoi_tf.packaging.build import build
from domovoi_tf.packaging.target import Target
from domovoi_tf.rendering.output_tree import compare_tree, compute_fingerprint, write_changes
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.synthesis.app_module import find_package_kinds, synthesize
from domovoi_tf.system import assets
from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.validation.application import validate

from .conftest import PATIENCE, OpenAccount

pytestmark = pytest.mark.emulator

QUEUE = "arn:aws:sqs:us-east-1:000000000000:tavern-spilt"
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
    found = {"own": send("tavern-spilt"), "other": send("tavern-elsewhere")}
    context.log(json.dumps({"handler": "spill", **found}))
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
    log_retention_in_days=7,
    xray=True,
    publish=True,
    maximum_retry_attempts=1,
    maximum_event_age=3600,
    functions={
        "clumsy": FunctionSettings(memory_size=256, dead_letter_queue_target_arn=QUEUE),
        "rude": FunctionSettings(dead_letter_queue_target_arn=QUEUE, autogen_policy=False, policy=NOTHING),
    },
)


class Tavern(NamedTuple):
    """The applied app."""

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
        write_changes(out, compare_tree(out, files, ["dev"], compute_fingerprint(self.project, "tavern")))
        build(self.project, out / "app" / "package.zip", Target(), find_package_kinds(application))
        self.runner.setup(cleanup_on_exit=False)
        self.runner.apply(parallelism="20")

    def changes(self) -> list[str]:
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
        found = Tavern(project, runner, account.emulator)
        found.deploy()
        yield found


def bodies(tavern: Tavern, name: str) -> list[Any]:
    sqs = tavern.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in received.get("Messages", []) if message["Body"] != "by hand"]


def said(tavern: Tavern, function: str) -> list[Any]:
    group = f"/aws/lambda/tavern-dev-{function}"
    events = tavern.client("logs").filter_log_events(logGroupName=group)["events"]
    lines = [event["message"] for event in events if event["message"].startswith('{"handler"')]
    return [json.loads(line) for line in lines]


def brewed(tavern: Tavern) -> Any:
    """Runs the state machine and returns its output."""
    states = tavern.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    assert wait_until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING", PATIENCE)
    found = states.describe_execution(executionArn=arn)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


@pytest.fixture(scope="module")
def ordered(tavern: Tavern) -> Tavern:
    """An order is placed with each function, asynchronously, as SNS does it on AWS."""
    sns = tavern.client("sns")
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    message = {"TopicArn": topic, "Message": "stout"}
    event = json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": message}]}).encode()
    for name in ("tavern-dev-clumsy", "tavern-dev-rude"):
        tavern.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=event)
    return tavern


def test_an_event_that_fails_lands_in_the_dead_letter_queue(ordered: Tavern) -> None:
    """The emulator puts a record around it, as AWS does for destinations."""
    assert wait_until(lambda: bool(bodies(ordered, "tavern-spilt")), PATIENCE)
    (letter,) = map(json.loads, bodies(ordered, "tavern-spilt"))
    assert letter["requestPayload"]["Records"][0]["Sns"]["Message"] == "stout"
    assert letter["responsePayload"]["errorMessage"] == "spilt"
    assert len(said(ordered, "clumsy")) == 2, "once, and one retry"


def test_the_role_may_send_to_its_dead_letter_queue_and_no_other(ordered: Tavern) -> None:
    """Lambda's own sending is not judged by the emulator, but what a handler sends with the same role is."""
    assert wait_until(lambda: bool(said(ordered, "clumsy") and said(ordered, "rude")), PATIENCE)
    assert said(ordered, "clumsy")[0] == {"handler": "spill", "own": "done", "other": "AccessDenied"}
    assert said(ordered, "rude")[0] == {"handler": "curse", "own": "AccessDenied"}


def test_the_roles_have_a_policy_for_each_concern(tavern: Tavern) -> None:
    iam = tavern.client("iam")
    names = {
        role: sorted(iam.list_role_policies(RoleName=role)["PolicyNames"])
        for role in ("tavern-dev", "tavern-dev-clumsy", "tavern-dev-rude")
    }
    assert names == {
        "tavern-dev": ["logs", "states", "xray"],
        "tavern-dev-clumsy": ["dead_letter", "logs", "states", "xray"],
        "tavern-dev-rude": ["user"],
    }


def test_the_settings_arrive(tavern: Tavern) -> None:
    client = tavern.client("lambda")
    found = client.get_function_configuration(FunctionName="tavern-dev-clumsy")
    assert (found["Description"], found["MemorySize"], found["Timeout"]) == ("Serves beer.", 256, 10)
    assert (found["EphemeralStorage"], found["TracingConfig"]) == ({"Size": 1024}, {"Mode": "Active"})
    assert (found["LoggingConfig"]["LogFormat"], found["DeadLetterConfig"]) == ("JSON", {"TargetArn": QUEUE})
    invoking = client.get_function_event_invoke_config(FunctionName="tavern-dev-clumsy")
    assert (invoking["MaximumRetryAttempts"], invoking["MaximumEventAgeInSeconds"]) == (1, 3600)


def test_a_second_plan_is_empty(tavern: Tavern) -> None:
    assert tavern.changes() == []


def test_a_new_package_is_a_version_and_the_machine_runs_it(tavern: Tavern) -> None:
    client, states = tavern.client("lambda"), tavern.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    before = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]
    assert ":function:tavern-dev:live" in before
    assert brewed(tavern) == {"brew": 1, "version": "1"}
    app = tavern.project / "app.py"
    app.write_text(app.read_text().replace('"brew": 1', '"brew": 2'))
    tavern.deploy()
    assert client.get_alias(FunctionName="tavern-dev", Name="live")["FunctionVersion"] == "2"
    assert brewed(tavern) == {"brew": 2, "version": "2"}
    assert states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"] == before
    versions = client.list_versions_by_function(FunctionName="tavern-dev")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert tavern.changes() == []
