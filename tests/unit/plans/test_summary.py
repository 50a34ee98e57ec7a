"""A plan in a few lines: whose each resource is, what differs, why something is lost, and nothing secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.plans.attribute_diff import Difference, Sides, differences
from domovoi_tf.plans.changes import Change, drifted, planned
from domovoi_tf.plans.resource_owners import Owner, Owners, read
from domovoi_tf.plans.summary import aligned, document, drift_lines, lines, markdown, new_handlers, totals

GOLDEN = Path(__file__).parents[2] / "golden"
OWNERS = Owners({"bar": "bar", "tend": "tend", "tend_sqs": "tend", "lambda": "", "iam": "", "mine": ""})
PERMISSION = "aws_lambda_permission"


def resource(
    module: str,
    resource_type: str,
    actions: list[str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    name: str = "this",
    **more: Any,
) -> dict[str, Any]:
    """A resource as ``terraform show -json`` has it; what is not of the change itself comes by keyword."""
    outside: dict[str, Any] = {
        key: more.pop(key) for key in ("index", "action_reason", "previous_address") if key in more
    }
    index = f'["{outside["index"]}"]' if "index" in outside else ""
    address = f"{module}.{resource_type}.{name}{index}" if module else f"{resource_type}.{name}{index}"
    change = {"actions": actions, "before": before, "after": after, **more}
    base = {
        "address": address,
        "module_address": module,
        "mode": "managed",
        "type": resource_type,
        "name": name,
    }
    return {**base, "change": change, **outside}


def changes(*found: dict[str, Any], **more: Any) -> tuple[Change, ...]:
    return planned({"resource_changes": list(found), **more}, OWNERS)


def text(found: tuple[Change, ...]) -> list[str]:
    return aligned(lines(found))


# Whose a resource is


@pytest.mark.parametrize(
    ("module", "resource_type", "title"),
    [
        ("module.app.module.bar", PERMISSION, "bar"),
        ("module.app.module.tend_sqs", PERMISSION, "tend"),
        ('module.app.module.bar["a.module.b"]', PERMISSION, "bar"),
        ("module.app.module.bar[0].module.inner", PERMISSION, "bar"),
        ("module.app.module.lambda", "aws_lambda_function", "function"),
        ("module.app.module.iam_reports", "aws_iam_role", "function reports"),
        ("module.app.module.state_machine", "aws_sfn_state_machine", "state machine"),
        ("module.app.module.state_machine_brew", "aws_sfn_state_machine", "state machine brew"),
        ("module.app.module.s3_to_sns_bar", "aws_sns_topic_policy", "bar"),
        ("module.app", "aws_sns_topic", "sources"),
        ("module.app", "aws_s3_object", "package"),
        ("module.app.module.mine", "aws_dynamodb_table", "module mine"),
        ("module.load_balancer", "aws_lb", "load balancer"),
        ("", "aws_sns_topic", "stage"),
        ("module.vpc.module.bar", "aws_vpc", "stage"),
        # No longer in the tree:
        ("module.app.module.pour", PERMISSION, "pour"),
        ("module.app.module.bar_sns", PERMISSION, "bar"),
        ("module.app.module.bar_sns_2", PERMISSION, "bar"),
        ("module.app.module.pour_sns", PERMISSION, "pour_sns"),
        ("module.app.module.handler_lambda", PERMISSION, "lambda"),
        ("module.app.module.sns_to_sqs_pour", PERMISSION, "pour"),
    ],
)
def test_owners(module: str, resource_type: str, title: str) -> None:
    assert OWNERS.of(module, resource_type).title == title


def test_the_tree_itself_says_whose_its_modules_are() -> None:
    owners = read(GOLDEN / "every_source" / "app")
    assert owners.of("module.app.module.print_label", PERMISSION) == Owner("handler", "print_label")
    assert owners.of("module.app.module.s3_to_sns_print_label", "aws_sns_topic_policy").title == "print_label"
    assert owners.of("module.app.module.state_machine", "aws_iam_role").title == "state machine"
    assert owners.of("module.app.module.lambda_reports", "aws_lambda_function").title == "function reports"


def test_a_module_of_the_users_own_is_no_handler(tmp_path: Path) -> None:
    (tmp_path / "sns.tf").write_text('# my app.py:24 Bar.tend\nmodule "Bar_tend" {\n}\n')
    (tmp_path / "extra.tf").write_text('# see app.py\nmodule "alarms" {\n}\n\nmodule "more" {\n}\n')
    owners = read(tmp_path)
    assert owners.of("module.app.module.Bar_tend", PERMISSION).title == "Bar.tend"
    assert owners.of("module.app.module.alarms", PERMISSION).title == "module alarms"
    assert owners.of("module.app.module.more", PERMISSION).title == "module more"


# What differs


def difference(before: Any, after: Any, **more: Any) -> list[str]:
    return [str(each) for each in differences(Sides(before, after, **more))]


def test_differences_are_the_innermost_attributes() -> None:
    before = {"name": "a", "vpc": [{"subnets": ["x"], "on": True}], "size": 128}
    after = {"name": "b", "vpc": [{"subnets": ["x", "y"], "on": False}], "size": None}
    assert difference(before, after) == [
        "name a → b",
        "size 128 → none",
        "vpc.on true → false",
        "vpc.subnets",
    ]


def test_what_is_absent_and_what_is_empty_are_the_same() -> None:
    assert difference({"tags": None, "a": [{"b": None}]}, {"tags": {}, "a": [{"b": ""}]}) == []
    assert difference({"tags": None}, {"tags": {"a": "1"}}) == ["tags"]
    assert difference({"on": None, "number": None}, {"on": False, "number": 0}) == [
        "number none → 0",
        "on none → false",
    ]


def test_sensitive_and_long_values_and_those_of_the_environment_are_never_printed() -> None:
    before = {
        "password": "old-secret",
        "policy": "x" * 61,
        "environment": [{"variables": {"KEY": "old-secret"}}],
    }
    after = {"password": "new-secret", "policy": "y", "environment": [{"variables": {"KEY": "new-secret"}}]}
    told = difference(before, after, after_sensitive={"password": True})
    assert told == ["environment variable KEY", "password old-secret → (sensitive)", "policy"]
    told = difference(before, after, before_sensitive={"password": True}, after_sensitive={"password": True})
    assert "secret" not in "".join(told)
    assert difference({"a": {"b": "secret"}}, {"a": {"b": "more"}}, after_sensitive={"a": True}) == ["a"]
    assert difference(None, {"a": "secret"}, after_sensitive=True) == [" none → (sensitive)"]


def test_unknown_values_and_control_characters() -> None:
    assert difference({"arn": "x"}, {}, unknown={"arn": True}) == ["arn x → (known after apply)"]
    assert difference({"a": "x"}, {"a": "\x1b[2J\u202e"}) == ["a x → �[2J�"]
    assert [each.known for each in differences(Sides({"a": 1}, {}, {"a": True}))] == [False]


# The summary


def test_a_plan_by_handler() -> None:
    found = changes(
        resource("module.app.module.tend", "aws_sns_topic_subscription", ["create"], None, {}),
        resource("module.app.module.tend", PERMISSION, ["create"], None, {}),
        resource(
            "module.app.module.lambda", "aws_lambda_function", ["no-op"], {"timeout": 1}, {"timeout": 1}
        ),
        resource("module.app", "data", ["read"]) | {"mode": "data"},
        resource(
            "module.app.module.bar",
            "aws_cloudwatch_event_rule",
            ["update"],
            {"schedule_expression": "rate(1 minute)"},
            {"schedule_expression": "rate(5 minutes)"},
        ),
        resource("module.app.module.iam", "aws_iam_role_policy", ["create"], None, {}, "needed", index="sqs"),
        resource("module.app", "aws_sns_topic", ["create"], None, {}, "bartender"),
    )
    assert text(found) == [
        "  bar       ~ schedule rate(1 minute) → rate(5 minutes)",
        "  tend      + permission, + sns subscription",
        "  function  + policy sqs",
        "  sources   + sns topic bartender",
    ]
    assert totals(found) == "4 to add, 1 to change, 0 to destroy"
    assert new_handlers(found) == ("tend",)


def test_a_function_whose_code_changes() -> None:
    before = {
        "source_code_hash": "a",
        "code_sha256": "a",
        "last_modified": "x",
        "timeout": 60,
        "version": "1",
    }
    after = {"source_code_hash": "b", "timeout": 90}
    unknown = {"last_modified": True, "code_sha256": True, "version": True}
    found = changes(
        resource(
            "module.app.module.lambda",
            "aws_lambda_function",
            ["update"],
            before,
            after,
            after_unknown=unknown,
        )
    )
    assert text(found) == ["  function  ~ function code, timeout 60 → 90"]


def test_what_is_lost_stands_apart_and_says_why() -> None:
    gone = {"action_reason": "delete_because_no_module"}
    found = changes(
        resource("module.app.module.pour", "aws_sns_topic_subscription", ["delete"], {}, None, **gone),
        resource("module.app.module.pour", PERMISSION, ["delete"], {}, None, **gone),
        resource("module.app.module.bar", PERMISSION, ["create"], None, {}),
        resource(
            "module.app.module.lambda",
            "aws_cloudwatch_log_group",
            ["delete", "create"],
            {"name": "/a", "kms": "x"},
            {"name": "/b", "kms": "y"},
            replace_paths=[["name"]],
            action_reason="replace_because_cannot_update",
        ),
        resource(
            "module.app.module.lambda",
            "aws_lambda_alias",
            ["create", "delete"],
            {},
            {},
            "live",
            action_reason="replace_because_tainted",
        ),
        resource(
            "module.app.module.tend",
            PERMISSION,
            ["delete"],
            {},
            None,
            "anonymous",
            index="this",
            action_reason="delete_because_each_key",
        ),
    )
    assert text(found) == [
        "  bar       + permission",
        "  pour      - destroys permission, sns subscription: the handler is no longer in the app",
        "  tend      - destroys permission anonymous: its key is no longer in the configuration",
        "  function  ± replaces log group: name /a → /b cannot be changed in place",
        "  function  ± replaces alias live: it was left unfinished",
    ]
    assert [line.destroys for line in lines(found)] == [False, True, True, True, True]
    assert totals(found) == "3 to add, 0 to change, 5 to destroy"


def test_a_replacement_does_not_tell_a_sensitive_value() -> None:
    found = changes(
        resource(
            "module.app",
            "aws_x",
            ["delete", "create"],
            {"token": [{"value": "s3cret"}]},
            {"token": [{"value": "s3cret2"}]},
            replace_paths=[["token", 0, "value"]],
            before_sensitive={"token": [{"value": True}]},
            after_sensitive={"token": [{"value": True}]},
        )
    )
    assert text(found) == [
        "  sources  ± replaces x: token.value (sensitive) → (sensitive) cannot be changed in place"
    ]
    assert "s3cret" not in str(document(found)) + markdown(found, "x")


def test_moved_imported_and_forgotten() -> None:
    found = changes(
        resource("module.app.module.bar", PERMISSION, ["no-op"], {}, {}, previous_address="module.x"),
        resource("module.app", "aws_sns_topic", ["no-op"], {}, {}, "old", importing={"id": "1"}),
        resource("module.app", "aws_sns_topic", ["forget"], {}, None, "lost"),
    )
    assert text(found) == ["  bar      > permission", "  sources  ? sns topic lost, < sns topic old"]
    assert totals(found) == "0 to add, 0 to change, 0 to destroy, 1 to import, 1 to move, 1 to forget"


def test_outputs_alone_are_changes_too() -> None:
    outputs = {"url": {"actions": ["create"], "after": "s3cret"}, "same": {"actions": ["no-op"]}}
    found = changes(output_changes=outputs)
    assert (text(found), totals(found)) == (["  outputs  + url"], "0 to add, 0 to change, 0 to destroy")
    more = resource("module.app.module.bar", PERMISSION, ["create"], None, {})
    assert text(changes(more, output_changes=outputs)) == ["  bar  + permission"]
    assert "s3cret" not in str(document(found))


def test_for_machines() -> None:
    found = changes(
        resource(
            "module.app.module.bar", "aws_lambda_function", ["update"], {"timeout": 60}, {"timeout": 61}
        ),
        resource(
            "module.app.module.pour",
            PERMISSION,
            ["delete"],
            {},
            None,
            action_reason="delete_because_no_module",
        ),
    )
    assert document(found) == {
        "changes": [
            {
                "owner": {"kind": "handler", "name": "bar"},
                "address": "module.app.module.bar.aws_lambda_function.this",
                "type": "aws_lambda_function",
                "action": "update",
                "what": "function",
                "attributes": [{"name": "timeout", "before": "60", "after": "61"}],
            },
            {
                "owner": {"kind": "handler", "name": "pour"},
                "address": "module.app.module.pour.aws_lambda_permission.this",
                "type": PERMISSION,
                "action": "delete",
                "what": "permission",
                "reason": "the handler is no longer in the app",
            },
        ],
        "totals": {"add": 0, "change": 1, "destroy": 1},
    }


def test_for_a_pull_request() -> None:
    found = changes(
        resource("module.app", "aws_x", ["update"], {"a": "|"}, {"a": "<b>@all"}, "y"),
        resource("module.app.module.pour_out", PERMISSION, ["delete"], {}, None),
    )
    assert markdown(found, "Plan for dev") == (
        "### Plan for dev: 0 to add, 1 to change, 1 to destroy\n"
        "\n"
        "| | |\n"
        "|---|---|\n"
        "| pour\\_out | **- destroys permission: the handler is no longer in the app** |\n"
        "| sources | \\~ x y a \\| → \\<b\\>\\@all |\n"
        "\n"
        "**Something that exists is destroyed or replaced.**\n"
    )
    assert markdown((), "Plan for dev") == "### Plan for dev: nothing to change\n"


# Drift


def test_drift_is_what_somebody_changed_and_not_what_follows_from_an_apply() -> None:
    role = {"name": "bar-dev", "inline_policy": []}
    both = [{"name": "logs", "policy": "a"}, {"name": "by-hand", "policy": "b"}]
    own = {"type": "aws_iam_role_policy", "values": {"role": "bar-dev", "name": "logs"}}
    plan: dict[str, Any] = {
        "resource_drift": [
            resource("module.app", "aws_sns_topic", ["update"], {"tags": None}, {"tags": {}}, "quiet"),
            resource(
                "module.app.module.lambda",
                "aws_lambda_function",
                ["update"],
                {"last_modified": "1", "timeout": 60},
                {"last_modified": "2", "timeout": 77},
            ),
            resource("module.app.module.tend", "aws_sns_topic_subscription", ["delete"], {}, None),
            resource(
                "module.app.module.iam", "aws_iam_role", ["update"], role, {**role, "inline_policy": both[:1]}
            ),
        ],
        "prior_state": {"values": {"root_module": {"child_modules": [{"resources": [own]}]}}},
    }
    expected = ["  tend      - sns subscription was deleted", "  function  ~ function timeout 60 → 77"]
    assert aligned(drift_lines(drifted(plan, OWNERS))) == expected
    # A policy that nobody's resource is was added to the role by hand.
    plan["resource_drift"][-1]["change"]["after"]["inline_policy"] = both
    told = aligned(drift_lines(drifted(plan, OWNERS)))
    assert told[1] == "  function  ~ role inline_policy, ~ function timeout 60 → 77"


def test_a_difference_without_values_is_its_name() -> None:
    assert str(Difference(("code",), None, None)) == "code"
