"""The example of Domovoi's own README, in which nothing but the import is changed.

The README leaves the definition of its state machine to the reader; the test gives it one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.terraform import installation

from .conftest import PATIENCE, CommandLine

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


def project(folder: Path, source: str) -> Path:
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps({"app_name": "pub"}))
    (folder / ".chalice" / "policy-dev.json").write_text(json.dumps(POLICY))
    (folder / "app.py").write_text(MACHINE + source)
    return folder


def line_of(text: str, number: int = 1) -> int:
    """The line of the project's app.py that has a text for the so-manieth time."""
    lines = [at for at, line in enumerate((MACHINE + SEED).splitlines(), 1) if text in line]
    return lines[number - 1]


@pytest.fixture(scope="module")
def account(emulator: emulator_environment.Emulator) -> None:
    """What the example refers to and does not own."""
    emulator_environment.create_client(emulator, "dynamodb").create_table(
        TableName="MyDynamoTable",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    emulator_environment.create_client(emulator, "logs").create_log_group(logGroupName="watchtower")


@pytest.mark.usefixtures("account")
def test_the_example_as_it_stands_renders_validates_and_plans(
    tmp_path: Path,
    command_line: CommandLine,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> None:
    pub = project(tmp_path, SEED)
    done = command_line("render", cwd=pub)
    first, later = line_of("@app.s3_event_handler"), line_of("@app.s3_event_handler", 2)
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
    permission = plan.resource_changes["module.app.module.monitor_s3.aws_lambda_permission.this"]
    assert permission["change"]["after"]["source_arn"] == "arn:aws:s3:::myS3bucket"


@pytest.fixture(scope="module")
def pub(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine, account: None) -> Path:
    """The example with a bucket of a name that S3 gives out, deployed."""
    folder = project(tmp_path_factory.mktemp("pub"), SEED.replace("myS3bucket", "mys3bucket"))
    done = command_line("local", "deploy", cwd=folder)
    assert done.code == 0, done
    return folder


def messages(emulator: emulator_environment.Emulator) -> list[str]:
    logs = emulator_environment.create_client(emulator, "logs").get_paginator("filter_log_events")
    return [event["message"] for page in logs.paginate(logGroupName=GROUP) for event in page["events"]]


def await_message(emulator: emulator_environment.Emulator, text: str) -> None:
    assert wait_until(lambda: any(text in each for each in messages(emulator)), PATIENCE), text


def test_its_topic_its_table_and_its_schedules_reach_their_handlers(
    pub: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    for handler, payload, said in (
        ("tend", '{"beer": 2}', "{'beer': 'Quadrupel', 'quantity': 2}"),
        ("handle_dynamodb_stream", '{"id": "1"}', "Got 1 events from DynamoDB"),
        ("foo", "{}", "foo invoked at 06:00pm (UTC) every Mon-Fri"),
    ):
        assert command_line("local", "send", handler, payload, cwd=pub).code == 0
        await_message(emulator, said)


def test_its_handlers_that_read_an_envelope_which_is_not_there_are_reached_all_the_same(
    pub: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    """The README's code reads ``event["Records"][0]["Sns"]`` of events that come without SNS.

    Nobody but ECS may send an event of ECS, so that one is what the rule's target passes.
    """
    assert command_line("local", "send", "monitor_ecs_events", "{}", cwd=pub).code == 0
    await_message(emulator, "in monitor_ecs_events")
    emulator_environment.create_client(emulator, "s3").put_object(
        Bucket="mys3bucket", Key="foo/1.bar", Body=b"x"
    )
    await_message(emulator, "in monitor_s3")
    assert any("KeyError: 'Sns'" in each for each in messages(emulator))


def test_its_state_machine_runs(pub: Path, emulator: emulator_environment.Emulator) -> None:
    states = emulator_environment.create_client(emulator, "stepfunctions")
    (machine,) = [m for m in states.list_state_machines()["stateMachines"] if m["name"] == "pub-dev"]
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"input": 1}')[
        "executionArn"
    ]
    found: dict[str, Any] = {}

    def ended() -> bool:
        found.update(states.describe_execution(executionArn=arn))
        return str(found["status"]) != "RUNNING"

    assert wait_until(ended, PATIENCE)
    assert (found["status"], json.loads(found["output"])) == (
        "SUCCEEDED",
        {"result": 2, "my_state": "Worker"},
    )


def test_its_subscription_filter_is_the_logs_group_s(
    pub: Path, emulator: emulator_environment.Emulator
) -> None:
    """The emulator matches bare words only, never ``{$.x = 8}``, so no log event can get through it there."""
    logs = emulator_environment.create_client(emulator, "logs")
    (found,) = logs.describe_subscription_filters(logGroupName="watchtower")["subscriptionFilters"]
    assert (found["filterPattern"], found["destinationArn"].rpartition(":")[2]) == ("{$.x = 8}", "pub-dev")


def test_its_bar_serves_by_the_clock_and_the_topic_carries_the_order(
    pub: Path, emulator: emulator_environment.Emulator
) -> None:
    await_message(emulator, "bar invoked once a minute")
    await_message(emulator, "{'beer': 'Quadrupel', 'quantity': 1}")


def test_a_second_deployment_changes_nothing(pub: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=pub)
    assert done.code == 0, done
    assert "No changes." in done.out, done.out
