"""Tests that events of topics and schedules reach their handlers in the cellar's functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, Stack

pytestmark = pytest.mark.emulator

MAIN, REPORTS = "/aws/lambda/cellar-dev", "/aws/lambda/cellar-dev-reports"


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
            }
            for name, function in (("default", "cellar-dev"), ("reports", "cellar-dev-reports"))
        },
        "policy_documents": outputs["policy_documents"],
        "function_urls": {},
        "queue_arns": {},
        "queue_urls": {},
        "state_machine_arns": {},
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
    assert refused.err == (
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
