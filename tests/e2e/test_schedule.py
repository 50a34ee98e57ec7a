"""Schedules of EventBridge Scheduler fire by themselves on the emulator and reach the right handler.

The emulator takes every schedule as in UTC, leaves Scheduler's context attributes as they are, and does not
ask whether Scheduler may assume the role: what can be asserted of these is what was applied.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine

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
    folder = tmp_path_factory.mktemp("scheduled")
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text('{"app_name": "scheduled"}')
    (folder / "app.py").write_text(APP)
    done = command_line("deploy", "--yes", cwd=folder)
    assert done.code == 0, done
    return folder


def test_a_time_that_has_come_fires_the_handler_of_its_schedule(project: Path, await_line: AwaitLine) -> None:
    event = await_line(GROUP, "once", lambda line: True)["event"]
    assert event == {
        "version": "0",
        "id": "<aws.scheduler.execution-id>",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "time": "<aws.scheduler.scheduled-time>",
        "resources": ["<aws.scheduler.schedule-arn>"],
        "detail": {},
    }


def test_the_input_reaches_the_handler_in_another_function(project: Path, await_line: AwaitLine) -> None:
    event = await_line(f"{GROUP}-reports", "report", lambda line: True)["event"]
    assert event == {"text": '<aws.scheduler.schedule-arn> ${x} "q" \\ \n 🍺'}


def test_what_scheduler_was_given(project: Path, emulator: emulator_environment.Emulator) -> None:
    scheduler = emulator_environment.create_client(emulator, "scheduler")
    found = {
        name: scheduler.get_schedule(GroupName="scheduled-dev", Name=name)
        for name in ("scheduled-dev-once", "scheduled_report.1", "scheduled-dev-never")
    }
    keys = ("ScheduleExpressionTimezone", "State", "Description")
    assert {name: [each[key] for key in keys] for name, each in found.items()} == {
        "scheduled-dev-once": ["Europe/Vienna", "ENABLED", ""],
        "scheduled_report.1": ["UTC", "ENABLED", "Reports."],
        "scheduled-dev-never": ["UTC", "DISABLED", ""],
    }
    target = found["scheduled_report.1"]["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert "<" not in target["Input"]


def test_a_schedule_s_role_is_scheduler_s_for_the_group_and_invokes_one_function(
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
    (statement,) = document(iam, name)["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": ["arn:aws:lambda:us-east-1:000000000000:function:scheduled-dev-reports"],
    }


def document(iam: Any, role: str) -> Any:
    found = iam.get_role_policy(RoleName=role, PolicyName="invoke")["PolicyDocument"]
    return json.loads(found) if isinstance(found, str) else found


def test_the_output_has_rules_and_schedules(project: Path, command_line: CommandLine) -> None:
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


def test_second_deploy_changes_nothing(project: Path, command_line: CommandLine) -> None:
    done = command_line("deploy", "--yes", cwd=project)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def test_a_rate_with_a_time_zone_fires_by_scheduler(
    project: Path, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    assert await_line(GROUP, "minute", lambda line: True)["event"]["source"] == "aws.scheduler"
    pages = (
        emulator_environment.create_client(emulator, "logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=GROUP)
    )
    texts = [event["message"] for page in pages for event in page["events"]]
    said = {json.loads(text)["handler"] for text in texts if text.startswith('{"handler"')}
    assert said == {"once", "minute"}


def test_destroy_leaves_nothing(
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
