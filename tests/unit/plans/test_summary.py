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


def updated(resource_type: str, before: dict[str, Any], after: dict[str, Any], **more: Any) -> str:
    """Returns the line of one resource of a function's module that is updated."""
    change = resource("module.app.module.lambda", resource_type, ["update"], before, after, **more)
    (line,) = text(changes(change))
    return line.removeprefix("  function  ~ ")


@pytest.mark.parametrize(
    ("resource_type", "noun"),
    [
        ("aws_cloudwatch_event_rule", "rule"),
        ("aws_cloudwatch_event_target", "target"),
        ("aws_cloudwatch_log_group", "log group"),
        ("aws_cloudwatch_log_subscription_filter", "subscription filter"),
        ("aws_iam_role", "role"),
        ("aws_iam_role_policy", "policy"),
        ("aws_lambda_alias", "alias"),
        ("aws_lambda_event_source_mapping", "event source mapping"),
        ("aws_lambda_function", "function"),
        ("aws_lambda_function_event_invoke_config", "asynchronous invocation"),
        ("aws_lambda_function_url", "function url"),
        ("aws_lambda_layer_version", "layer version"),
        ("aws_lambda_permission", "permission"),
        ("aws_lb", "load balancer"),
        ("aws_lb_listener", "listener"),
        ("aws_lb_listener_rule", "listener rule"),
        ("aws_lb_target_group", "target group"),
        ("aws_lb_target_group_attachment", "target"),
        ("aws_scheduler_schedule", "schedule"),
        ("aws_ses_receipt_rule", "receipt rule"),
        ("aws_sfn_state_machine", "state machine"),
        ("aws_sns_topic_subscription", "sns subscription"),
        # Any other type is called what Terraform calls it.
        ("aws_sns_topic_policy", "sns topic policy"),
        ("random_pet", "random pet"),
    ],
)
def test_a_resource_is_called_what_aws_calls_it(resource_type: str, noun: str) -> None:
    assert updated(resource_type, {"a": "1"}, {"a": "2"}) == f"{noun} a 1 → 2"


def test_a_rule_with_a_schedule_is_a_schedule_and_one_with_a_pattern_a_rule() -> None:
    rule = "aws_cloudwatch_event_rule"
    assert updated(rule, {"event_pattern": "a"}, {"event_pattern": "b"}) == "rule event_pattern a → b"
    schedule = resource("module.app.module.bar", rule, ["delete"], {"schedule_expression": "rate(1 day)"})
    assert [each.what for each in changes(schedule)] == ["schedule"]


@pytest.mark.parametrize(
    ("resource_type", "attribute", "noun"),
    [
        ("aws_cloudwatch_event_rule", "schedule_expression", "schedule"),
        ("aws_iam_role_policy", "policy", "policy"),
        ("aws_lambda_event_source_mapping", "event_source_arn", "event source mapping"),
        ("aws_scheduler_schedule", "schedule_expression", "schedule"),
        ("aws_sfn_state_machine", "definition", "state machine"),
        ("aws_sns_topic_policy", "policy", "sns topic policy"),
        ("aws_sqs_queue_policy", "policy", "sqs queue policy"),
    ],
)
def test_the_attribute_that_a_resource_is_about_needs_no_name(
    resource_type: str, attribute: str, noun: str
) -> None:
    assert updated(resource_type, {attribute: "a"}, {attribute: "b"}) == f"{noun} a → b"
    long = {attribute: "x" * 61}
    assert updated(resource_type, {attribute: "a"}, long) == noun
    assert updated("aws_x", {attribute: "a"}, {attribute: "b"}) == f"x {attribute} a → b"


@pytest.mark.parametrize(
    "attribute",
    [
        "etag",
        "last_modified",
        "last_modified_date",
        "qualified_arn",
        "qualified_invoke_arn",
        "revision_id",
        "source_code_size",
        "state_machine_version_arn",
        "tags_all",
        "version",
        "version_id",
    ],
)
def test_what_aws_computes_with_every_change_is_left_out(attribute: str) -> None:
    before, after = {"timeout": 1, attribute: "a"}, {"timeout": 2, attribute: "b"}
    assert updated("aws_lambda_function", before, after) == "function timeout 1 → 2"


@pytest.mark.parametrize(
    "attribute", ["code_sha256", "filename", "s3_key", "s3_object_version", "source_code_hash"]
)
def test_code_that_changes_is_told_without_its_digest(attribute: str) -> None:
    assert updated("aws_lambda_function", {attribute: "a"}, {attribute: "b"}) == "function code"


def test_values_that_are_not_known_yet_are_told_only_if_nothing_else_is() -> None:
    before = {"timeout": 1, "arn": "a"}
    unknown = {"after_unknown": {"arn": True}}
    assert updated("aws_lambda_function", before, {"timeout": 2}, **unknown) == "function timeout 1 → 2"
    assert updated("aws_lambda_function", before, {"timeout": 1}, **unknown) == (
        "function arn a → (known after apply)"
    )


@pytest.mark.parametrize(
    ("actions", "action", "destroys"),
    [
        (["create"], "create", False),
        (["update"], "update", False),
        (["delete"], "delete", True),
        (["delete", "create"], "replace", True),
        (["create", "delete"], "replace", True),
        (["create", "forget"], "replace", True),
        (["forget"], "forget", False),
    ],
)
def test_terraform_s_actions_have_one_word_each(actions: list[str], action: str, destroys: bool) -> None:
    (change,) = changes(resource("module.app", "aws_sns_topic", actions, {}, {}))
    assert (change.action, change.destroys) == (action, destroys)


@pytest.mark.parametrize("actions", [["no-op"], ["read"]])
def test_what_stays_is_no_change(actions: list[str]) -> None:
    assert changes(resource("module.app", "aws_sns_topic", actions, {}, {})) == ()
    assert changes(output_changes={"url": {"actions": actions}}) == ()


def test_an_output_that_goes_destroys_nothing() -> None:
    (change,) = changes(output_changes={"url": {"actions": ["delete"]}})
    assert (change.action, change.destroys, change.address) == ("delete", False, "output.url")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("delete_because_no_resource_config", "it is no longer in the configuration"),
        ("delete_because_no_module", "its module is no longer in the configuration"),
        ("delete_because_wrong_repetition", "it is no longer one of many, or was not before"),
        ("delete_because_count_index", "its number is beyond the count"),
        ("delete_because_each_key", "its key is no longer in the configuration"),
        ("delete_because_no_move_target", "it was moved to what is not in the configuration"),
        ("replace_because_tainted", "it was left unfinished"),
        ("replace_by_request", "asked for by -replace"),
        ("replace_by_triggers", "what it depends on changes"),
        ("something_new", ""),
    ],
)
def test_each_reason_of_terraform_is_told_in_words(code: str, reason: str) -> None:
    actions = ["delete"] if code.startswith("delete") else ["delete", "create"]
    (change,) = changes(resource("module.app", "aws_x", actions, {}, {}, action_reason=code))
    assert change.reason == reason
    (harmless,) = changes(resource("module.app", "aws_x", ["update"], {}, {}, action_reason=code))
    assert harmless.reason == ""


@pytest.mark.parametrize(
    ("name", "index", "what"),
    [
        ("this", None, "permission"),
        ("permission", None, "permission"),
        ("anonymous", None, "permission anonymous"),
        ("anonymous", "sqs", "permission sqs"),
        ("anonymous", "this", "permission anonymous"),
        ("anonymous", 0, "permission 0"),
        ("anonymous", "\x1b[2J", "permission \ufffd[2J"),
    ],
)
def test_a_resource_is_told_from_its_like_by_index_or_name(name: str, index: Any, what: str) -> None:
    more = {} if index is None else {"index": index}
    (change,) = changes(resource("module.app", PERMISSION, ["create"], None, {}, name, **more))
    assert change.what == what


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


def test_drift_of_a_role_is_not_what_the_role_s_own_policies_are() -> None:
    def role(*policies: str) -> dict[str, Any]:
        inline = [{"name": name, "policy": "x"} for name in policies]
        return {"name": "bar-dev", "inline_policy": inline or None}

    def drift(before: Any, after: Any, actions: tuple[str, ...] = ("update",)) -> list[str]:
        # The role's own policy is in the root module, another role's one in the app's.
        own = {"type": "aws_iam_role_policy", "values": {"role": "bar-dev", "name": "logs"}}
        other = {"type": "aws_iam_role_policy", "values": {"role": "foo-dev", "name": "mine"}}
        topic = {"type": "aws_sns_topic", "values": {"name": "bar-dev", "role": "bar-dev"}}
        deeper = {"child_modules": [{"resources": [other]}]}
        root = {"resources": [topic, own], "child_modules": [deeper]}
        change = resource("module.app.module.iam", "aws_iam_role", list(actions), before, after)
        plan = {"resource_drift": [change], "prior_state": {"values": {"root_module": root}}}
        return aligned(drift_lines(drifted(plan, OWNERS)))

    assert drift(role(), role("logs")) == drift(role("logs"), role()) == []
    assert (
        drift(role(), role("mine"))
        == drift(role("mine"), role("logs"))
        == ["  function  ~ role inline_policy"]
    )
    assert drift(role("logs"), None, ("delete",)) == ["  function  - role was deleted"]


def test_drift_is_of_managed_resources() -> None:
    data = resource("module.app", "aws_sns_topic", ["update"], {"a": "1"}, {"a": "2"}) | {"mode": "data"}
    assert drifted({"resource_drift": [data]}, OWNERS) == ()
    assert drifted({}, OWNERS) == ()


def test_a_difference_without_values_is_its_name() -> None:
    assert str(Difference(("code",), None, None)) == "code"
