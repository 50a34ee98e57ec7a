"""Tests that schedules of EventBridge Scheduler reach their handlers.

The emulator ignores time zones, does not replace Scheduler's context attributes, and does not check the role.
For these, the tests check the deployed resources.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, read_lines, write_project

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/scheduled-dev"
ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule"
APP = """
import json

import domovoi_tf

app = domovoi_tf.Domovoi()
reports = app.function("reports")


def say(context, handler, event):
    context.log(json.dumps({"handler": handler, "event": event}))


@app.scheduled_function("at(2026-01-01T00:00:00)", timezone="Europe/Vienna")
def once(event, context):
    say(context, "once", event)


@app.scheduled_function(
    "at(2026-01-01T00:00:00)",
    rule_name="scheduled_report.1",
    input={"text": "<aws.scheduler.schedule-arn> ${x} \\"q\\" \\\\ \\n 🍺"},
    description="Reports.",
    function=reports,
)
def report(event, context):
    say(context, "report", event)


@app.scheduled_function("rate(1 minute)", timezone="Europe/Vienna")
def minute(event, context):
    say(context, "minute", event)


@app.scheduled_function("at(2026-01-01T00:00:00)", enabled=False)
def never(event, context):
    say(context, "never", event)


@app.scheduled_function("rate(1 day)")
def daily(event, context):
    say(context, "daily", event)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The project, deployed."""
    folder = write_project(tmp_path_factory.mktemp("scheduled"), {"app_name": "scheduled"}, APP)
    done = command_line("deploy", "--yes", cwd=folder)
    assert done.code == 0, done
    return folder


def test_schedule_at_a_past_time_fires_at_once(project: Path, await_line: AwaitLine) -> None:
    event = await_line(GROUP, "once", lambda line: True)["event"]
    assert event == {
        "version": "0",
        "id": "<aws.scheduler.execution-id>",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "region": "us-east-1",
        "time": "<aws.scheduler.scheduled-time>",
        "resources": ["<aws.scheduler.schedule-arn>"],
        "detail": {},
    }


def test_input_reaches_the_handler_in_another_function(project: Path, await_line: AwaitLine) -> None:
    event = await_line(f"{GROUP}-reports", "report", lambda line: True)["event"]
    assert event == {"text": '<aws.scheduler.schedule-arn> ${x} "q" \\ \n 🍺'}


def test_schedules_have_the_declared_settings(project: Path, emulator: emulator_environment.Emulator) -> None:
    scheduler = emulator_environment.create_client(emulator, "scheduler")
    schedules = {
        name: scheduler.get_schedule(GroupName="scheduled-dev", Name=name)
        for name in ("scheduled-dev-once", "scheduled_report.1", "scheduled-dev-never")
    }
    keys = ("ScheduleExpressionTimezone", "State", "Description")
    assert {name: [each[key] for key in keys] for name, each in schedules.items()} == {
        "scheduled-dev-once": ["Europe/Vienna", "ENABLED", ""],
        "scheduled_report.1": ["UTC", "ENABLED", "Reports."],
        "scheduled-dev-never": ["UTC", "DISABLED", ""],
    }
    target = schedules["scheduled_report.1"]["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert "<" not in target["Input"]


def test_role_of_a_schedule_may_invoke_only_its_function(
    project: Path, emulator: emulator_environment.Emulator
) -> None:
    iam = emulator_environment.create_client(emulator, "iam")
    name = "scheduled-dev-scheduled_report.1.schedule"
    (trust,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": "000000000000",
                "aws:SourceArn": f"{ARN}-group/scheduled-dev",
            }
        },
    }
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["invoke"]
    (statement,) = read_policy(iam, name)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": ["arn:aws:lambda:us-east-1:000000000000:function:scheduled-dev-reports"],
    }


def read_policy(iam: Any, role: str) -> Any:
    """Returns the policy of a schedule's role."""
    document = iam.get_role_policy(RoleName=role, PolicyName="invoke")["PolicyDocument"]
    return json.loads(document) if isinstance(document, str) else document


def test_output_has_the_arns_of_rules_and_schedules(project: Path, command_line: CommandLine) -> None:
    done = command_line("output", "--", "-json", "rule_arns", cwd=project)
    assert done.code == 0, done
    assert json.loads(done.out) == {
        "daily": "arn:aws:events:us-east-1:000000000000:rule/scheduled-dev-daily",
        "minute": f"{ARN}/scheduled-dev/scheduled-dev-minute",
        "never": f"{ARN}/scheduled-dev/scheduled-dev-never",
        "once": f"{ARN}/scheduled-dev/scheduled-dev-once",
        "report": f"{ARN}/scheduled-dev/scheduled_report.1",
    }


def test_send_invokes_as_the_schedule_does(
    project: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    done = command_line("local", "send", "report", '{"by": "hand"}', cwd=project)
    assert (done.code, done.out) == (0, "invoked scheduled-dev-reports as the schedule of report would\n")
    await_line(f"{GROUP}-reports", "report", lambda line: line["event"] == {"by": "hand"})


def test_second_deployment_changes_nothing(project: Path, command_line: CommandLine) -> None:
    done = command_line("deploy", "--yes", cwd=project)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def test_rate_with_a_time_zone_fires(
    project: Path, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    assert await_line(GROUP, "minute", lambda line: True)["event"]["source"] == "aws.scheduler"
    assert {line["handler"] for line in read_lines(emulator, GROUP)} == {"once", "minute"}


def test_destroy_removes_everything(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    done = command_line("destroy", "--", "-auto-approve", cwd=project)
    assert done.code == 0, done
    groups = emulator_environment.create_client(emulator, "scheduler").list_schedule_groups()[
        "ScheduleGroups"
    ]
    assert "scheduled-dev" not in [group["Name"] for group in groups]
    roles = emulator_environment.create_client(emulator, "iam").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles if role["RoleName"].startswith("scheduled-dev")] == []
