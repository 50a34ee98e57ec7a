"""Tests that events of topics and schedules reach their handlers in the cellar's functions.

The emulator ignores time zones, does not replace EventBridge Scheduler's context attributes, and does not
check the role. For these, the tests check the deployed resources.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, Stack, read_lines

pytestmark = pytest.mark.emulator

MAIN, REPORTS = "/aws/lambda/cellar-dev", "/aws/lambda/cellar-dev-reports"
SCHEDULES = "arn:aws:scheduler:us-east-1:000000000000:schedule"


def read_configuration(stack: Stack) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((stack.project / ".chalice" / "config.json").read_text())
    return document


def test_outputs_have_the_names_and_arns_of_the_resources(cellar: Stack) -> None:
    outputs = cellar.runner.output()
    assert {name: outputs[name] for name in outputs} == {
        "function_name": "cellar-dev",
        "function_arn": "arn:aws:lambda:us-east-1:000000000000:function:cellar-dev",
        "function_invoke_arn": outputs["functions"]["default"]["invoke_arn"],
        "role_name": "cellar-dev",
        "role_arn": "arn:aws:iam::000000000000:role/cellar-dev",
        "log_group_name": MAIN,
        "functions": {
            name: {
                "name": function,
                "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
                "invoke_arn": outputs["functions"][name]["invoke_arn"],
                "alias_arn": None,
                "version": "$LATEST",
                # On AWS it ends in :$LATEST.
                "qualified_arn": f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
                "log_group_name": f"/aws/lambda/{function}",
                "log_group_arn": f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/{function}",
                "role_name": function,
                "role_arn": f"arn:aws:iam::000000000000:role/{function}",
            }
            for name, function in (("default", "cellar-dev"), ("reports", "cellar-dev-reports"))
        },
        "policy_documents": outputs["policy_documents"],
        "schedule_arns": {
            "minute": f"{SCHEDULES}/cellar-dev/cellar-dev-minute",
            "never": f"{SCHEDULES}/cellar-dev/cellar-dev-never",
            "once": f"{SCHEDULES}/cellar-dev/cellar-dev-once",
            "report": f"{SCHEDULES}/cellar-dev/cellar_report.1",
        },
        "rule_names": {"tick": "cellar-dev-tick", "tock": "cellar-tock-rule"},
        "rule_arns": {
            "tick": "arn:aws:events:us-east-1:000000000000:rule/cellar-dev-tick",
            "tock": "arn:aws:events:us-east-1:000000000000:rule/cellar-tock-rule",
        },
        "topic_arns": {
            "barrels": "arn:aws:sns:us-east-1:000000000000:cellar-dev-barrels",
            "cellar-elsewhere": "arn:aws:sns:us-east-1:000000000000:cellar-elsewhere",
            "cellar-filtered": "arn:aws:sns:us-east-1:000000000000:cellar-filtered",
        },
    }


def test_second_plan_is_empty(cellar: Stack) -> None:
    assert (
        cellar.runner.execute_command("plan", "-input=false", "-no-color", "-detailed-exitcode").retcode == 0
    )


def test_message_reaches_its_handler_with_hostile_values_intact(
    cellar: Stack, command_line: CommandLine, await_line: AwaitLine
) -> None:
    payload = json.dumps({"text": '${x} "q" \\ \n 🍺'})
    sent = command_line("local", "send", "barrel", payload, cwd=cellar.project)
    assert sent == (0, "published to arn:aws:sns:us-east-1:000000000000:cellar-dev-barrels\n", "")
    line = await_line(MAIN, "barrel", lambda line: line.get("message") == payload)
    hostile = read_configuration(cellar)["environment_variables"]["HOSTILE"]
    assert (line["topic"], line["secret"]) == ("cellar-dev-barrels", hostile)
    assert (
        await_line(MAIN, "barrel", lambda line: line.get("label") == "Trappist")["function"] == "cellar-dev"
    )


def test_topic_that_is_looked_up_reaches_its_function(
    cellar: Stack, command_line: CommandLine, await_line: AwaitLine
) -> None:
    assert command_line("local", "send", "elsewhere", '"hello"', cwd=cellar.project).code == 0
    assert (
        await_line(REPORTS, "elsewhere", lambda line: line["message"] == "hello")["function"]
        == "cellar-dev-reports"
    )


def test_filter_policy_lets_only_matching_messages_through(
    cellar: Stack, command_line: CommandLine, await_line: AwaitLine
) -> None:
    for kind in ("beer", "wine"):
        assert (
            command_line("local", "send", "filtered", json.dumps({"kind": kind}), cwd=cellar.project).code
            == 0
        )
    await_line(MAIN, "filtered", lambda line: line["message"] == '{"kind": "wine"}')
    logs = command_line("local", "logs", cwd=cellar.project)
    assert '\\"wine\\"' in logs.out
    assert '\\"beer\\"' not in logs.out


def test_rule_wraps_the_event_and_the_handler_gets_it_unwrapped(cellar: Stack, await_line: AwaitLine) -> None:
    """Sends a test event to a rule that has the target of the deployed rule."""
    events = emulator_environment.create_client(cellar.emulator, "events")
    (target,) = events.list_targets_by_rule(Rule="cellar-dev-tick")["Targets"]
    assert (
        target["InputTransformer"]["InputTemplate"]
        == '{"task_name": "tick", "event": <aws.events.event.json>}'
    )
    events.put_rule(Name="probe", EventPattern=json.dumps({"source": ["probe"]}))
    events.put_targets(Rule="probe", Targets=[target])
    entry = {"Source": "probe", "DetailType": "Probe", "Detail": json.dumps({"n": 1})}
    events.put_events(Entries=[entry])
    events.remove_targets(Rule="probe", Ids=[target["Id"]])
    events.delete_rule(Name="probe")
    line = await_line(REPORTS, "tick", lambda line: line["event"]["detail-type"] == "Probe")
    assert (line["event"]["detail"], "task_name" in line["event"]) == ({"n": 1}, False)


def test_input_replaces_the_event(cellar: Stack) -> None:
    (target,) = emulator_environment.create_client(cellar.emulator, "events").list_targets_by_rule(
        Rule="cellar-tock-rule"
    )["Targets"]
    assert json.loads(target["Input"]) == {
        "task_name": "cellar-tock-rule",
        "event": {"text": '${x} %{y} <b> "q" \\ \n 🍺'},
    }


def test_schedule_at_a_past_time_fires_at_once(cellar: Stack, await_line: AwaitLine) -> None:
    event = await_line(MAIN, "once", lambda line: True)["event"]
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


def test_schedules_have_the_declared_settings(cellar: Stack, emulator: emulator_environment.Emulator) -> None:
    scheduler = emulator_environment.create_client(emulator, "scheduler")
    schedules = {
        name: scheduler.get_schedule(GroupName="cellar-dev", Name=name)
        for name in ("cellar-dev-once", "cellar_report.1", "cellar-dev-never")
    }
    keys = ("ScheduleExpressionTimezone", "State", "Description")
    assert {name: [each[key] for key in keys] for name, each in schedules.items()} == {
        "cellar-dev-once": ["Europe/Vienna", "ENABLED", ""],
        "cellar_report.1": ["UTC", "ENABLED", "Reports."],
        "cellar-dev-never": ["UTC", "DISABLED", ""],
    }
    target = schedules["cellar_report.1"]["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert "<" not in target["Input"]


def test_role_of_a_schedule_may_invoke_only_its_function(
    cellar: Stack, emulator: emulator_environment.Emulator
) -> None:
    iam = emulator_environment.create_client(emulator, "iam")
    name = "cellar-dev-cellar_report.1.schedule"
    (trust,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Sid": "AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": "000000000000",
                "aws:SourceArn": f"{SCHEDULES}-group/cellar-dev",
            }
        },
    }
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["invoke"]
    (statement,) = read_policy(iam, name)["Statement"]
    assert statement == {
        "Sid": "InvokeFunction",
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": ["arn:aws:lambda:us-east-1:000000000000:function:cellar-dev-reports"],
    }


def read_policy(iam: Any, role: str) -> Any:
    """Returns the policy of a schedule's role."""
    document = iam.get_role_policy(RoleName=role, PolicyName="invoke")["PolicyDocument"]
    return json.loads(document) if isinstance(document, str) else document


def test_send_invokes_as_the_schedule_does(
    cellar: Stack, command_line: CommandLine, await_line: AwaitLine
) -> None:
    done = command_line("local", "send", "report", '{"by": "hand"}', cwd=cellar.project)
    assert (done.code, done.out) == (0, "invoked cellar-dev-reports as the schedule of report would\n")
    await_line(REPORTS, "report", lambda line: line["event"] == {"by": "hand"})


def test_state_is_in_s3_and_plan_respects_its_lock(cellar: Stack, command_line: CommandLine) -> None:
    s3 = emulator_environment.create_client(cellar.emulator, "s3")
    key = "cellar/dev/terraform.tfstate"
    assert json.loads(s3.get_object(Bucket="cellar-state", Key=key)["Body"].read())["version"] == 4
    lock = {
        "ID": "11111111-2222-3333-4444-555555555555",
        "Operation": "OperationTypeApply",
        "Who": "ann@bar",
        "Created": "2030-01-02T03:04:05Z",
    }
    s3.put_object(Bucket="cellar-state", Key=f"{key}.tflock", Body=json.dumps(lock))
    try:
        done = command_line("plan", cwd=cellar.project)
    finally:
        s3.delete_object(Bucket="cellar-state", Key=f"{key}.tflock")
    assert done.code == 1
    assert "The state of dev is locked by ann@bar for apply since 2030-01-02 03:04:05 UTC" in done.err


def test_output_passes_terraforms_own_options(cellar: Stack, command_line: CommandLine) -> None:
    assert command_line("output", "--", "-raw", "function_name", cwd=cellar.project) == (0, "cellar-dev", "")


def test_deploy_without_terminal_applies_only_with_option_yes(
    cellar: Stack, command_line: CommandLine
) -> None:
    changed = cellar.project / ".chalice" / "config.json"
    before = changed.read_text()
    document = json.loads(before)
    changed.write_text(json.dumps({**document, "lambda_timeout": 61}))
    try:
        dry = command_line("deploy", "--dry-run", cwd=cellar.project)
        refused = command_line("deploy", cwd=cellar.project)
        applied = command_line("deploy", "--yes", cwd=cellar.project)
    finally:
        changed.write_text(before)
    assert dry.code == 0
    assert "  function  ~ function timeout 60 → 61\n" in dry.out
    assert "✓ apply" not in dry.out
    assert refused.code == 1
    warning = "timezone has no effect on rate(1 minute): a day in a rate always has 24 hours"
    lines = (cellar.project / "app.py").read_text().splitlines()
    line = lines.index("def minute(event, context):")
    assert refused.err == (
        f"Warning: app.py:{line}: {warning}\n"
        "Error: Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to apply the plan.\n"
    )
    assert applied.code == 0, applied
    assert "✓ apply" in applied.out
    assert "1 of 1 done" in applied.out


def test_schedule_reaches_its_function(cellar: Stack, await_line: AwaitLine) -> None:
    """A rate of one minute fires 60 to 70 seconds after the rule was created, as on AWS."""
    line = await_line(REPORTS, "tick", lambda line: line["event"]["detail-type"] == "Scheduled Event")
    assert line["function"] == "cellar-dev-reports"
    assert (line["event"]["source"], line["event"]["resources"]) == (
        "aws.events",
        ["arn:aws:events:us-east-1:000000000000:rule/cellar-dev-tick"],
    )


def test_rate_with_a_time_zone_fires(
    cellar: Stack, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    assert await_line(MAIN, "minute", lambda line: True)["event"]["source"] == "aws.scheduler"
    assert read_lines(emulator, MAIN, "never") == []


def test_input_reaches_the_handler_in_another_function(cellar: Stack, await_line: AwaitLine) -> None:
    event = await_line(REPORTS, "report", lambda line: "text" in line["event"])["event"]
    assert event == {"text": '<aws.scheduler.schedule-arn> ${x} "q" \\ \n 🍺'}
