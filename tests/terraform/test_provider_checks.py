"""Tests that a plan rejects the values that the modules leave to the provider.

The messages name the value or the range.

One plan has a call of a module for each such value, because a plan each takes longer.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest
import tftest

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform

ARN = "arn:aws:{service}:us-east-1:123456789012:{name}"
ROLE = "arn:aws:iam::123456789012:role/bar"
FUNCTION = {"name": "bar-dev", "arn": ARN.format(service="lambda", name="function:bar-dev")}
RULE = {"name": "restock", "task_name": "restock", "schedule_expression": "rate(5 minutes)"}
PATTERN = {"name": "restock", "task_name": "restock", "event_pattern": '{"source": ["bar"]}'}
STREAM = {
    "stream_arn": ARN.format(service="kinesis", name="stream/orders"),
    "role_arn": ROLE,
    "starting_position": "LATEST",
}
SCHEDULE = {
    "group": {"name": "bar", "arn": ARN.format(service="scheduler", name="schedule-group/bar")},
    "name": "restock",
    "role_name": "restock",
    "task_name": "restock",
    "schedule_expression": "rate(5 minutes)",
}


class Case(NamedTuple):
    """A value that a module passes on unchecked, and a part of the provider's message."""

    module: str
    inputs: dict[str, Any]
    message: str


def make_case(module: str, object_: str, valid: dict[str, Any], message: str, /, **invalid: Any) -> Case:
    """Returns a case of a module that takes the function and one object."""
    return Case(f"triggers/{module}", {"function": FUNCTION, object_: valid | invalid}, message)


CASES = {
    "rule_name": make_case("rule", "rule", RULE, '"name" doesn\'t comply with', name="bar dev"),
    "rule_name_length": make_case("rule", "rule", RULE, "longer than 64 characters", name="n" * 65),
    "target": make_case("rule", "rule", RULE, '"target_id" doesn\'t comply', target_id="the function"),
    "rule_description": make_case("rule", "rule", RULE, "range (0 - 512)", description="d" * 513),
    "expression": make_case(
        "rule", "rule", RULE, "range (0 - 256)", schedule_expression=f"cron({'0' * 260} 1 1 1 ? *)"
    ),
    "input": make_case("rule", "rule", RULE, '"jsondecode" failed: invalid character', input="glass"),
    "input_length": make_case("rule", "rule", RULE, "range (0 - 8192)", input=json.dumps("g" * 8200)),
    "pattern": make_case("rule", "rule", PATTERN, "contains an invalid JSON", event_pattern="anything"),
    "pattern_length": make_case(
        "rule", "rule", PATTERN, "longer than 4096", event_pattern=json.dumps({"source": ["b" * 4100]})
    ),
    "bus": make_case(
        "rule",
        "rule",
        PATTERN,
        "is not a valid Event Bus ARN",
        event_bus_name=ARN.format(service="sqs", name="orders"),
    ),
    "factor": make_case("stream", "mapping", STREAM, "range (1 - 10), got 11", parallelization_factor=11),
    "retries": make_case(
        "stream", "mapping", STREAM, "range (-1 - 10000), got -2", maximum_retry_attempts=-2
    ),
    "age": make_case("stream", "mapping", STREAM, "got 59", maximum_record_age_in_seconds=59),
    "tumbling": make_case(
        "stream", "mapping", STREAM, "range (0 - 900), got 901", tumbling_window_in_seconds=901
    ),
    "schedule_name": make_case("scheduler", "schedule", SCHEDULE, "invalid value for name", name="bar dev"),
    "schedule_input": make_case(
        "scheduler", "schedule", SCHEDULE, '"jsondecode" failed: invalid character', input="glass"
    ),
    "schedule_description": make_case(
        "scheduler", "schedule", SCHEDULE, "range (0 - 512)", description="d" * 513
    ),
    "log_pattern": make_case(
        "logs",
        "filter",
        {
            "name": "till",
            "log_group_arn": ARN.format(service="logs", name="log-group:till"),
            "source_name": "till",
        },
        "range (0 - 1024)",
        pattern="p" * 1025,
    ),
    "scope": make_case(
        "sns",
        "subscription",
        {
            "topic_arn": ARN.format(service="sns", name="orders"),
            "source_name": "orders",
            "filter_policy": "{}",
        },
        '["MessageAttributes" "MessageBody"], got Message',
        filter_policy_scope="Message",
    ),
    "receipt_rule": make_case(
        "ses", "rule", {"rule_set_name": "all"}, "must end with a alphanumeric character", name="mail_"
    ),
    "tls": make_case(
        "ses",
        "rule",
        {"rule_set_name": "all", "name": "mail"},
        '["Require" "Optional"], got Required',
        tls_policy="Required",
    ),
    "invoke_mode": make_case(
        "url",
        "url",
        {"authorization_type": "AWS_IAM"},
        '["BUFFERED" "RESPONSE_STREAM"], got STREAM',
        invoke_mode="STREAM",
    ),
    "layers": Case(
        "lambda",
        {
            "name": "bar",
            "role_arn": ROLE,
            "package": {"path": "main.tf.json"},
            "settings": {"layers": [ARN.format(service="lambda", name=f"layer:ice:{n}") for n in range(6)]},
        },
        "layers supports 5 item maximum",
    ),
}


@pytest.fixture(scope="module")
def diagnostics(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> list[dict[str, Any]]:
    """The errors of one plan, which has a call for each case with the name of the case."""
    folder = tmp_path_factory.mktemp("checks")
    calls = {name: {"source": f"./modules/{case.module}", **case.inputs} for name, case in CASES.items()}
    (folder / "modules").symlink_to(assets.find_modules())
    (folder / "main.tf.json").write_text(json.dumps({"provider": {"aws": {}}, "module": calls}))
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    with pytest.raises(tftest.TerraformTestError) as caught:
        runner.execute_command("plan", "-input=false", "-json")
    lines = map(json.loads, re.findall(r"\{.*\}", str(caught.value.args[0])))
    return [line["diagnostic"] for line in lines if line["@level"] == "error"]


@pytest.mark.parametrize("name", CASES)
def test_plan_rejects_the_value(name: str, diagnostics: list[dict[str, Any]]) -> None:
    found = [f"{each['summary']} {each['detail']}" for each in diagnostics if is_about(name, each)]
    assert any(CASES[name].message in text for text in found), found or diagnostics


def is_about(name: str, diagnostic: dict[str, Any]) -> bool:
    """Tells whether an error is about a case: the provider names the resource, functions only the file."""
    if address := diagnostic.get("address"):
        return bool(address.startswith(f"module.{name}."))
    return f"/modules/{CASES[name].module}/" in diagnostic["range"]["filename"]
