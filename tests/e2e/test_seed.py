"""Tests the example from Domovoi's README, in which only the import is changed.

The README does not define the state machine; the test does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tftest
from polling import wait_until

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform import installation

from .conftest import PATIENCE, CommandLine, read_messages, write_project

pytestmark = pytest.mark.emulator

SEED = (Path(__file__).parent / "seed.txt").read_text()
MACHINE = 'state_machine = {"StartAt": "Worker", "States": {"Worker": {"Type": "Task", "End": True}}}\n'
GROUP = "/aws/lambda/pub-dev"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sns:CreateTopic", "sns:Publish"],
            "Resource": "arn:aws:sns:*:*:bartender",
        }
    ],
}


def write_pub(folder: Path, source: str) -> Path:
    """Writes a project with this app and returns its folder."""
    write_project(folder, {"app_name": "pub"}, MACHINE + source)
    (folder / ".chalice" / "policy-dev.json").write_text(json.dumps(POLICY))
    return folder


def find_line(text: str, number: int = 1) -> int:
    """Returns the number of the line of app.py that has a text for the first time, or for a later one."""
    lines = [at for at, line in enumerate((MACHINE + SEED).splitlines(), 1) if text in line]
    return lines[number - 1]


@pytest.fixture(scope="module")
def account(emulator: emulator_environment.Emulator) -> None:
    """Creates the resources that the example refers to and does not own."""
    emulator_environment.create_client(emulator, "dynamodb").create_table(
        TableName="MyDynamoTable",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    emulator_environment.create_client(emulator, "logs").create_log_group(logGroupName="watchtower")


@pytest.mark.usefixtures("account")
def test_example_renders_validates_and_plans_unchanged(
    tmp_path: Path,
    command_line: CommandLine,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> None:
    pub = write_pub(tmp_path, SEED)
    done = command_line("render", cwd=pub)
    first, later = find_line("@app.s3_event_handler"), find_line("@app.s3_event_handler", 2)
    assert (done.code, done.err.splitlines()) == (
        0,
        [
            f"Warning: app.py:{later}: monitor_s3 replaces the handler with the same name at app.py:{first}",
            f"Warning: app.py:{later}: S3 accepts the bucket name 'myS3bucket' only for buckets "
            "created before March 2018",
        ],
    )
    assert command_line("package", cwd=pub).code == 0
    root = str(pub / "terraform" / "stages" / "dev")
    runner = tftest.TerraformTest(root, binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    assert json.loads(runner.execute_command("validate", "-json").out)["diagnostics"] == []
    plan = runner.plan(output=True)
    changes = {
        each["type"] for each in plan.resource_changes.values() if "create" in each["change"]["actions"]
    }
    assert changes >= {
        "aws_lambda_function",
        "aws_cloudwatch_event_rule",
        "aws_sns_topic_subscription",
        "aws_s3_bucket_notification",
        "aws_lambda_event_source_mapping",
        "aws_cloudwatch_log_subscription_filter",
        "aws_sfn_state_machine",
    }
    notification = plan.resource_changes["module.app.aws_s3_bucket_notification.my_s3bucket"]
    assert notification["change"]["after"]["bucket"] == "myS3bucket"


@pytest.fixture(scope="module")
def pub(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine, account: None) -> Path:
    """The example with a bucket name that S3 accepts, deployed."""
    folder = write_pub(tmp_path_factory.mktemp("pub"), SEED.replace("myS3bucket", "mys3bucket"))
    done = command_line("local", "deploy", cwd=folder)
    assert done.code == 0, done
    return folder


def await_message(emulator: emulator_environment.Emulator, text: str) -> None:
    """Waits until the function has logged a text."""
    assert wait_until(lambda: any(text in each for each in read_messages(emulator, GROUP)), PATIENCE), text


def test_topic_table_and_schedules_reach_their_handlers(
    pub: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    for handler, payload, message in (
        ("tend", '{"beer": 2}', "{'beer': 'Quadrupel', 'quantity': 2}"),
        ("handle_dynamodb_stream", '{"id": "1"}', "Got 1 events from DynamoDB"),
        ("foo", "{}", "foo invoked at 06:00pm (UTC) every Mon-Fri"),
    ):
        assert command_line("local", "send", handler, payload, cwd=pub).code == 0
        await_message(emulator, message)


def test_events_reach_handlers_that_read_a_missing_envelope(
    pub: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    """The README's code reads ``event["Records"][0]["Sns"]`` of events that do not come through SNS.

    Only ECS may put an event of ECS on a bus, so `local send` invokes the function as the rule does.
    """
    assert command_line("local", "send", "monitor_ecs_events", "{}", cwd=pub).code == 0
    await_message(emulator, "in monitor_ecs_events")
    emulator_environment.create_client(emulator, "s3").put_object(
        Bucket="mys3bucket", Key="foo/1.bar", Body=b"x"
    )
    await_message(emulator, "in monitor_s3")
    assert any("KeyError: 'Sns'" in each for each in read_messages(emulator, GROUP))


def test_state_machine_runs(pub: Path, emulator: emulator_environment.Emulator) -> None:
    states = emulator_environment.create_client(emulator, "stepfunctions")
    (machine,) = [m for m in states.list_state_machines()["stateMachines"] if m["name"] == "pub-dev"]
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"input": 1}')[
        "executionArn"
    ]
    execution: dict[str, Any] = {}

    def has_ended() -> bool:
        execution.update(states.describe_execution(executionArn=arn))
        return str(execution["status"]) != "RUNNING"

    assert wait_until(has_ended, PATIENCE)
    assert (execution["status"], json.loads(execution["output"])) == (
        "SUCCEEDED",
        {"result": 2, "my_state": "Worker"},
    )


def test_log_group_has_the_subscription_filter(pub: Path, emulator: emulator_environment.Emulator) -> None:
    """The emulator matches plain words only, so no log event passes the pattern ``{$.x = 8}``."""
    logs = emulator_environment.create_client(emulator, "logs")
    (subscription,) = logs.describe_subscription_filters(logGroupName="watchtower")["subscriptionFilters"]
    assert (subscription["filterPattern"], subscription["destinationArn"].rpartition(":")[2]) == (
        "{$.x = 8}",
        "pub-dev",
    )


def test_schedule_orders_through_the_topic(pub: Path, emulator: emulator_environment.Emulator) -> None:
    await_message(emulator, "bar invoked once a minute")
    await_message(emulator, "{'beer': 'Quadrupel', 'quantity': 1}")


def test_second_deployment_changes_nothing(pub: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=pub)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out
