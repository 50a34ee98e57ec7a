"""Summaries of plans: owners, differences, reasons to destroy resources, and no secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.plans.attribute_diff import Difference, ValueChange, find_differences
from domovoi_tf.plans.changes import Change, list_changes, list_drift
from domovoi_tf.plans.resource_owners import Owner, Owners, read_owners
from domovoi_tf.plans.summary import (
    align_lines,
    build_document,
    count_operations,
    find_new_handlers,
    find_renamed_handlers,
    format_totals,
    render_markdown,
    summarize,
    summarize_drift,
)

GOLDEN = Path(__file__).parents[2] / "golden"
OWNERS = Owners({"bar": "bar", "tend": "tend", "tend_sqs": "tend", "lambda": "", "iam": "", "mine": ""})
PERMISSION = "aws_lambda_permission"


def make_resource(
    module: str,
    resource_type: str,
    actions: list[str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    name: str = "this",
    **more: Any,
) -> dict[str, Any]:
    """Returns a resource as in ``terraform show -json``; ``more`` goes to the change or the resource."""
    fields: dict[str, Any] = {
        key: more.pop(key) for key in ("index", "action_reason", "previous_address") if key in more
    }
    index = f'["{fields["index"]}"]' if "index" in fields else ""
    address = f"{module}.{resource_type}.{name}{index}" if module else f"{resource_type}.{name}{index}"
    change = {"actions": actions, "before": before, "after": after, **more}
    base = {
        "address": address,
        "module_address": module,
        "mode": "managed",
        "type": resource_type,
        "name": name,
    }
    return {**base, "change": change, **fields}


def make_changes(*resources: dict[str, Any], **more: Any) -> tuple[Change, ...]:
    return list_changes({"resource_changes": list(resources), **more}, OWNERS)


def format_summary(changes: tuple[Change, ...]) -> list[str]:
    return align_lines(summarize(changes))


# Owners


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
        # Modules that are no longer in the tree:
        ("module.app.module.pour", PERMISSION, "pour"),
        ("module.app.module.bar_sns", PERMISSION, "bar"),
        ("module.app.module.bar_sns_2", PERMISSION, "bar"),
        ("module.app.module.pour_sns", PERMISSION, "pour_sns"),
        ("module.app.module.handler_lambda", PERMISSION, "lambda"),
        ("module.app.module.sns_to_sqs_pour", PERMISSION, "pour"),
        ("module.app.module.sync_s3_to_sqs", PERMISSION, "sync_s3_to_sqs"),
        ("module.app.module.s3_photos_sns_sqs", PERMISSION, "module s3_photos_sns_sqs"),
        ("module.app.module.reports_s3_photos_direct", PERMISSION, "module reports_s3_photos_direct"),
    ],
)
def test_owner_of_resource(module: str, resource_type: str, title: str) -> None:
    assert OWNERS.find_owner(module, resource_type).title == title


def test_owners_are_read_from_comments_of_rendered_tree() -> None:
    owners = read_owners(GOLDEN / "every_source" / "app")
    assert owners.find_owner("module.app.module.s3_labels_sns", PERMISSION) == Owner("handler", "print_label")
    assert owners.find_owner("module.app.module.state_machine", "aws_iam_role").title == "state machine"
    assert (
        owners.find_owner("module.app.module.lambda_reports", "aws_lambda_function").title
        == "function reports"
    )


def test_module_that_handlers_share_belongs_to_all_of_them(tmp_path: Path) -> None:
    lines = ["# app.py:9 pour", "# app.py:7 tend", "# app.py:8 tend", 'module "s3_photos_sns" {', "}", ""]
    (tmp_path / "s3.tf").write_text("\n".join(lines))
    owner = read_owners(tmp_path).find_owner("module.app.module.s3_photos_sns", PERMISSION)
    assert owner == Owner("handler", "pour, tend")


def test_module_of_the_user_is_not_a_handler(tmp_path: Path) -> None:
    (tmp_path / "sns.tf").write_text('# my app.py:24 Bar.tend\nmodule "Bar_tend" {\n}\n')
    (tmp_path / "extra.tf").write_text('# see app.py\nmodule "alarms" {\n}\n\nmodule "more" {\n}\n')
    owners = read_owners(tmp_path)
    assert owners.find_owner("module.app.module.Bar_tend", PERMISSION).title == "Bar.tend"
    assert owners.find_owner("module.app.module.alarms", PERMISSION).title == "module alarms"
    assert owners.find_owner("module.app.module.more", PERMISSION).title == "module more"


# Differences


def compare(before: Any, after: Any, **more: Any) -> list[str]:
    return [str(each) for each in find_differences(ValueChange(before, after, **more))]


def test_differences_are_innermost_attributes() -> None:
    before = {"name": "a", "vpc": [{"subnets": ["x"], "on": True}], "size": 128}
    after = {"name": "b", "vpc": [{"subnets": ["x", "y"], "on": False}], "size": None}
    assert compare(before, after) == [
        "name a → b",
        "size 128 → none",
        "vpc.on true → false",
        "vpc.subnets",
    ]


def test_absent_and_empty_values_are_equal() -> None:
    assert compare({"tags": None, "a": [{"b": None}]}, {"tags": {}, "a": [{"b": ""}]}) == []
    assert compare({"tags": None}, {"tags": {"a": "1"}}) == ["tags"]
    assert compare({"on": None, "number": None}, {"on": False, "number": 0}) == [
        "number none → 0",
        "on none → false",
    ]


def test_sensitive_long_and_environment_values_are_hidden() -> None:
    before = {
        "value": "old-secret",
        "policy": "x" * 61,
        "environment": [{"variables": {"KEY": "old-secret"}}],
    }
    after = {"value": "new-secret", "policy": "y", "environment": [{"variables": {"KEY": "new-secret"}}]}
    texts = compare(before, after, after_sensitive={"value": True})
    assert texts == ["environment variable KEY", "policy", "value old-secret → (sensitive)"]
    texts = compare(before, after, before_sensitive={"value": True}, after_sensitive={"value": True})
    assert "secret" not in "".join(texts)
    tags = ({"tags": {"ApiToken": "old-secret"}}, {"tags": {"ApiToken": "new-secret"}})
    assert compare(*tags) == ["tags.ApiToken"]
    assert compare({"a": {"b": "secret"}}, {"a": {"b": "more"}}, after_sensitive={"a": True}) == ["a"]
    assert compare(None, {"a": "secret"}, after_sensitive=True) == [" none → (sensitive)"]


def test_unknown_values_are_marked_and_control_characters_replaced() -> None:
    assert compare({"arn": "x"}, {}, unknown={"arn": True}) == ["arn x → (known after apply)"]
    assert compare({"a": "x"}, {"a": "\x1b[2J\u202e"}) == ["a x → �[2J�"]
    assert [each.is_known for each in find_differences(ValueChange({"a": 1}, {}, {"a": True}))] == [False]


# Summaries


def test_summary_groups_changes_by_owner() -> None:
    changes = make_changes(
        make_resource("module.app.module.tend", "aws_sns_topic_subscription", ["create"], None, {}),
        make_resource("module.app.module.tend", PERMISSION, ["create"], None, {}),
        make_resource(
            "module.app.module.lambda", "aws_lambda_function", ["no-op"], {"timeout": 1}, {"timeout": 1}
        ),
        make_resource("module.app", "data", ["read"]) | {"mode": "data"},
        make_resource(
            "module.app.module.bar",
            "aws_cloudwatch_event_rule",
            ["update"],
            {"schedule_expression": "rate(1 minute)"},
            {"schedule_expression": "rate(5 minutes)"},
        ),
        make_resource(
            "module.app.module.iam", "aws_iam_role_policy", ["create"], None, {}, "needed", index="sqs"
        ),
        make_resource("module.app", "aws_sns_topic", ["create"], None, {}, "bartender"),
    )
    assert format_summary(changes) == [
        "  bar       ~ schedule rate(1 minute) → rate(5 minutes)",
        "  tend      + permission, + SNS subscription",
        "  function  + policy sqs",
        "  sources   + SNS topic bartender",
    ]
    assert format_totals(changes) == "4 to add, 1 to change, 0 to destroy"
    functions = {"tend": "", "bar": "", "brew": ""}
    assert find_new_handlers(changes, functions) == ("tend",)


def test_handlers_without_resources_are_new_with_their_function() -> None:
    """Those of tasks and of direct invocations. One that is in another function now is not told apart."""
    changes = make_changes(
        make_resource("module.app.module.tend", "aws_lambda_permission", ["create"], None, {}),
        make_resource("module.app.module.bar", "aws_lambda_permission", ["update"], None, {}),
        make_resource("module.app.module.lambda_cellar", "aws_lambda_function", ["create"], None, {}),
        make_resource("module.app.module.lambda", "aws_lambda_function", ["update"], None, {}),
    )
    functions = {"bar": "cellar", "brew": "cellar", "count": "", "tend": "cellar"}
    assert find_new_handlers(changes, functions) == ("tend", "brew")


def make_renaming(*handlers: tuple[str, str, str]) -> tuple[Change, ...]:
    """Returns the changes of handlers, each with its action and its type of resource."""
    resources = [
        make_resource(f"module.app.module.{name}", each, [action])
        for name, action, resource_type in handlers
        for each in (PERMISSION, resource_type)
    ]
    return make_changes(*resources)


def test_renamed_handler_has_the_same_types_of_resources() -> None:
    topic, rule = "aws_sns_topic_subscription", "aws_cloudwatch_event_rule"
    renamed = make_renaming(("tend", "create", topic), ("pour", "delete", topic))
    assert find_renamed_handlers(renamed) == (("pour", "tend"),)
    assert find_renamed_handlers(make_renaming(("tend", "create", rule), ("pour", "delete", topic))) == ()
    assert find_renamed_handlers(make_renaming(("tend", "update", topic), ("pour", "delete", topic))) == ()
    partly = make_changes(
        make_resource("module.app.module.tend", PERMISSION, ["update"], {"a": 1}, {"a": 2}),
        make_resource("module.app.module.tend", topic, ["create"]),
        make_resource("module.app.module.pour", PERMISSION, ["delete"]),
        make_resource("module.app.module.pour", topic, ["delete"]),
    )
    assert find_renamed_handlers(partly) == ()
    several = make_renaming(("tend", "create", topic), ("pour", "delete", topic), ("mix", "delete", topic))
    assert find_renamed_handlers(several) == ()
    both = make_renaming(
        ("tend", "create", topic), ("pour", "delete", topic), ("bar", "create", rule), ("baz", "delete", rule)
    )
    assert find_renamed_handlers(both) == (("baz", "bar"), ("pour", "tend"))


def test_code_change_is_shown_once() -> None:
    before = {
        "source_code_hash": "a",
        "code_sha256": "a",
        "last_modified": "x",
        "timeout": 60,
        "version": "1",
    }
    after = {"source_code_hash": "b", "timeout": 90}
    unknown = {"last_modified": True, "code_sha256": True, "version": True}
    changes = make_changes(
        make_resource(
            "module.app.module.lambda",
            "aws_lambda_function",
            ["update"],
            before,
            after,
            after_unknown=unknown,
        )
    )
    assert format_summary(changes) == ["  function  ~ function code, timeout 60 → 90"]


def format_update(resource_type: str, before: dict[str, Any], after: dict[str, Any], **more: Any) -> str:
    """Returns the summary of an update of a resource in a function's module."""
    change = make_resource("module.app.module.lambda", resource_type, ["update"], before, after, **more)
    (line,) = format_summary(make_changes(change))
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
        ("aws_lambda_function_url", "function URL"),
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
        ("aws_sns_topic_subscription", "SNS subscription"),
        # Other types are called what Terraform calls them.
        ("aws_sns_topic_policy", "SNS topic policy"),
        ("random_pet", "random pet"),
    ],
)
def test_resource_is_called_what_aws_calls_it(resource_type: str, noun: str) -> None:
    assert format_update(resource_type, {"a": "1"}, {"a": "2"}) == f"{noun} a 1 → 2"


def test_rule_with_schedule_expression_is_called_schedule() -> None:
    rule = "aws_cloudwatch_event_rule"
    assert format_update(rule, {"event_pattern": "a"}, {"event_pattern": "b"}) == "rule event_pattern a → b"
    schedule = make_resource(
        "module.app.module.bar", rule, ["delete"], {"schedule_expression": "rate(1 day)"}
    )
    assert [each.resource for each in make_changes(schedule)] == ["schedule"]


@pytest.mark.parametrize(
    ("resource_type", "attribute", "noun"),
    [
        ("aws_cloudwatch_event_rule", "schedule_expression", "schedule"),
        ("aws_iam_role_policy", "policy", "policy"),
        ("aws_lambda_event_source_mapping", "event_source_arn", "event source mapping"),
        ("aws_scheduler_schedule", "schedule_expression", "schedule"),
        ("aws_sfn_state_machine", "definition", "state machine"),
        ("aws_sns_topic_policy", "policy", "SNS topic policy"),
        ("aws_sqs_queue_policy", "policy", "SQS queue policy"),
    ],
)
def test_main_attribute_is_shown_without_its_name(resource_type: str, attribute: str, noun: str) -> None:
    assert format_update(resource_type, {attribute: "a"}, {attribute: "b"}) == f"{noun} a → b"
    long = {attribute: "x" * 61}
    assert format_update(resource_type, {attribute: "a"}, long) == noun
    assert format_update("aws_x", {attribute: "a"}, {attribute: "b"}) == f"x {attribute} a → b"


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
def test_computed_attributes_are_omitted(attribute: str) -> None:
    before, after = {"timeout": 1, attribute: "a"}, {"timeout": 2, attribute: "b"}
    assert format_update("aws_lambda_function", before, after) == "function timeout 1 → 2"


@pytest.mark.parametrize(
    "attribute", ["code_sha256", "filename", "s3_key", "s3_object_version", "source_code_hash"]
)
def test_code_change_is_shown_without_digest(attribute: str) -> None:
    assert format_update("aws_lambda_function", {attribute: "a"}, {attribute: "b"}) == "function code"


def test_unknown_values_are_shown_only_without_known_ones() -> None:
    before = {"timeout": 1, "arn": "a"}
    unknown = {"after_unknown": {"arn": True}}
    assert format_update("aws_lambda_function", before, {"timeout": 2}, **unknown) == "function timeout 1 → 2"
    assert format_update("aws_lambda_function", before, {"timeout": 1}, **unknown) == (
        "function arn a → (known after apply)"
    )


@pytest.mark.parametrize(
    ("actions", "action", "is_destructive"),
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
def test_actions_of_terraform_map_to_one_action(
    actions: list[str], action: str, is_destructive: bool
) -> None:
    (change,) = make_changes(make_resource("module.app", "aws_sns_topic", actions, {}, {}))
    assert (change.action, change.is_destructive) == (action, is_destructive)


def test_a_replacement_is_two_operations() -> None:
    actions = [["create"], ["update"], ["delete"], ["delete", "create"], ["forget"], ["no-op"]]
    found = [make_resource("module.app", "aws_x", each, {}, {}, f"x{n}") for n, each in enumerate(actions)]
    assert count_operations(make_changes(*found, output_changes={"url": {"actions": ["create"]}})) == 5


@pytest.mark.parametrize("actions", [["no-op"], ["read"]])
def test_unchanged_resources_are_omitted(actions: list[str]) -> None:
    assert make_changes(make_resource("module.app", "aws_sns_topic", actions, {}, {})) == ()
    assert make_changes(output_changes={"url": {"actions": actions}}) == ()


def test_removed_output_is_not_destructive() -> None:
    (change,) = make_changes(output_changes={"url": {"actions": ["delete"]}})
    assert (change.action, change.is_destructive, change.address) == ("delete", False, "output.url")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("delete_because_no_resource_config", "it is no longer in the configuration"),
        ("delete_because_no_module", "its module is no longer in the configuration"),
        (
            "delete_because_wrong_repetition",
            "its count or for_each was added, removed or replaced by the other",
        ),
        ("delete_because_count_index", "its index is no longer within count"),
        ("delete_because_each_key", "its key is no longer in for_each"),
        ("delete_because_no_move_target", "it was moved to an address that is not in the configuration"),
        ("replace_because_tainted", "it is tainted: an earlier apply did not finish it"),
        ("replace_by_request", "requested with -replace"),
        ("replace_by_triggers", "a resource in its replace_triggered_by changes"),
        ("something_new", ""),
    ],
)
def test_reasons_of_terraform_are_explained(code: str, reason: str) -> None:
    actions = ["delete"] if code.startswith("delete") else ["delete", "create"]
    (change,) = make_changes(make_resource("module.app", "aws_x", actions, {}, {}, action_reason=code))
    assert change.reason == reason
    (harmless,) = make_changes(make_resource("module.app", "aws_x", ["update"], {}, {}, action_reason=code))
    assert harmless.reason == ""


@pytest.mark.parametrize(
    ("name", "index", "description"),
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
def test_resource_is_described_by_index_or_name(name: str, index: Any, description: str) -> None:
    more = {} if index is None else {"index": index}
    (change,) = make_changes(make_resource("module.app", PERMISSION, ["create"], None, {}, name, **more))
    assert change.resource == description


def test_permission_of_a_public_url_says_whose_it_is() -> None:
    values = {"principal": "*", "function_url_auth_type": "NONE"}
    resource = make_resource("module.app", PERMISSION, ["create"], None, values, "anonymous", index="*")
    (change,) = make_changes(resource)
    assert change.resource == "permission for anyone to call the URL"


def test_messages_of_a_destroyed_queue_are_said_to_be_lost() -> None:
    gone = {"action_reason": "delete_because_no_resource_config"}
    changes = make_changes(
        make_resource("module.app", "aws_sqs_queue", ["delete"], {}, None, "jobs", **gone),
        make_resource("module.app", "aws_sns_topic", ["delete"], {}, None, "orders", **gone),
        make_resource("module.app", "aws_sns_topic", ["create", "delete"], {}, {}, "again"),
    )
    assert format_summary(changes) == [
        "  sources  ± replaces SNS topic again; other subscriptions to a destroyed topic are lost",
        "  sources  - destroys SNS topic orders, SQS queue jobs: it is no longer in the configuration; "
        "other subscriptions to a destroyed topic and messages that wait in a destroyed queue are lost",
    ]


def test_logs_and_records_of_destroyed_resources_are_said_to_be_lost() -> None:
    changes = make_changes(
        make_resource("module.app", "aws_sqs_queue", ["delete"], {}, None, "jobs"),
        make_resource("module.app", "aws_kinesis_stream", ["delete"], {}, None, "tills"),
        make_resource("module.app.module.lambda", "aws_cloudwatch_log_group", ["delete"], {}, None),
    )
    assert format_summary(changes) == [
        "  function  - destroys log group; the logs in a destroyed log group are lost",
        "  sources   - destroys Kinesis stream tills, SQS queue jobs; the records in a destroyed stream and "
        "messages that wait in a destroyed queue are lost",
    ]


def test_destroyed_resources_have_lines_with_reasons() -> None:
    gone = {"action_reason": "delete_because_no_module"}
    changes = make_changes(
        make_resource("module.app.module.pour", "aws_sns_topic_subscription", ["delete"], {}, None, **gone),
        make_resource("module.app.module.pour", PERMISSION, ["delete"], {}, None, **gone),
        make_resource("module.app.module.bar", PERMISSION, ["create"], None, {}),
        make_resource(
            "module.app.module.lambda",
            "aws_cloudwatch_log_group",
            ["delete", "create"],
            {"name": "/a", "kms": "x"},
            {"name": "/b", "kms": "y"},
            replace_paths=[["name"]],
            action_reason="replace_because_cannot_update",
        ),
        make_resource(
            "module.app.module.lambda",
            "aws_lambda_alias",
            ["create", "delete"],
            {},
            {},
            "live",
            action_reason="replace_because_tainted",
        ),
        make_resource(
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
    assert format_summary(changes) == [
        "  bar       + permission",
        "  pour      - destroys permission, SNS subscription: the handler is no longer in the app; "
        "further messages do not reach the handler",
        "  tend      - destroys permission anonymous: its key is no longer in for_each",
        "  function  ± replaces log group: name /a → /b cannot be changed in place; "
        "the logs in a destroyed log group are lost",
        "  function  ± replaces alias live: it is tainted: an earlier apply did not finish it",
    ]
    assert [line.is_destructive for line in summarize(changes)] == [False, True, True, True, True]
    assert format_totals(changes) == "3 to add, 0 to change, 5 to destroy"


def test_replacement_hides_sensitive_values() -> None:
    changes = make_changes(
        make_resource(
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
    assert format_summary(changes) == [
        "  sources  ± replaces x: token.value (sensitive) → (sensitive) cannot be changed in place"
    ]
    assert "s3cret" not in str(build_document(changes)) + render_markdown(changes, "x")


def test_moved_imported_and_forgotten_resources() -> None:
    changes = make_changes(
        make_resource(
            "module.app.module.bar",
            PERMISSION,
            ["no-op"],
            {},
            {},
            previous_address="module.app.module.x.aws_lambda_permission.this",
        ),
        make_resource("module.app", "aws_sns_topic", ["no-op"], {}, {}, "old", importing={"id": "1"}),
        make_resource("module.app", "aws_sns_topic", ["forget"], {}, None, "lost"),
    )
    assert format_summary(changes) == [
        "  bar      > moved from x: permission",
        "  sources  ? SNS topic lost, < SNS topic old",
    ]
    assert (
        format_totals(changes) == "0 to add, 0 to change, 0 to destroy, 1 to import, 1 to move, 1 to forget"
    )


def test_outputs_are_shown_if_no_resource_changes() -> None:
    outputs = {"url": {"actions": ["create"], "after": "s3cret"}, "same": {"actions": ["no-op"]}}
    changes = make_changes(output_changes=outputs)
    assert (format_summary(changes), format_totals(changes)) == (
        ["  outputs  + url"],
        "0 to add, 0 to change, 0 to destroy",
    )
    more = make_resource("module.app.module.bar", PERMISSION, ["create"], None, {})
    assert format_summary(make_changes(more, output_changes=outputs)) == ["  bar  + permission"]
    assert "s3cret" not in str(build_document(changes))


def test_json_document() -> None:
    changes = make_changes(
        make_resource(
            "module.app.module.bar", "aws_lambda_function", ["update"], {"timeout": 60}, {"timeout": 61}
        ),
        make_resource(
            "module.app.module.pour",
            PERMISSION,
            ["delete"],
            {},
            None,
            action_reason="delete_because_no_module",
        ),
    )
    assert build_document(changes) == {
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


def test_markdown_comment() -> None:
    changes = make_changes(
        make_resource("module.app", "aws_x", ["update"], {"a": "|"}, {"a": "<b>@all"}, "y"),
        make_resource("module.app.module.pour_out", PERMISSION, ["delete"], {}, None),
    )
    assert render_markdown(changes, "Plan for dev") == (
        "### Plan for dev: 0 to add, 1 to change, 1 to destroy\n"
        "\n"
        "| | |\n"
        "|---|---|\n"
        "| pour\\_out | **- destroys permission: the handler is no longer in the app** |\n"
        "| sources | \\~ x y a \\| → \\<b\\>\\@all |\n"
        "\n"
        "**This plan destroys or replaces existing resources.**\n"
    )
    assert render_markdown((), "Plan for dev") == "### Plan for dev: nothing to change\n"


# Drift


def test_drift_omits_consequences_of_an_apply() -> None:
    role = {"name": "bar-dev", "inline_policy": []}
    both = [{"name": "logs", "policy": "a"}, {"name": "by-hand", "policy": "b"}]
    own = {"type": "aws_iam_role_policy", "values": {"role": "bar-dev", "name": "logs"}}
    plan: dict[str, Any] = {
        "resource_drift": [
            make_resource("module.app", "aws_sns_topic", ["update"], {"tags": None}, {"tags": {}}, "quiet"),
            make_resource(
                "module.app.module.lambda",
                "aws_lambda_function",
                ["update"],
                {"last_modified": "1", "timeout": 60},
                {"last_modified": "2", "timeout": 77},
            ),
            make_resource("module.app.module.tend", "aws_sns_topic_subscription", ["delete"], {}, None),
            make_resource(
                "module.app.module.iam", "aws_iam_role", ["update"], role, {**role, "inline_policy": both[:1]}
            ),
        ],
        "prior_state": {"values": {"root_module": {"child_modules": [{"resources": [own]}]}}},
    }
    expected = ["  tend      - SNS subscription was deleted", "  function  ~ function timeout 60 → 77"]
    assert align_lines(summarize_drift(list_drift(plan, OWNERS))) == expected
    # A policy that is not a resource was added to the role by hand.
    plan["resource_drift"][-1]["change"]["after"]["inline_policy"] = both
    texts = align_lines(summarize_drift(list_drift(plan, OWNERS)))
    assert texts[1] == "  function  ~ role inline_policy, ~ function timeout 60 → 77"


def test_drift_of_role_omits_policies_that_are_resources() -> None:
    def role(*policies: str) -> dict[str, Any]:
        inline = [{"name": name, "policy": "x"} for name in policies]
        return {"name": "bar-dev", "inline_policy": inline or None}

    def drift(before: Any, after: Any, actions: tuple[str, ...] = ("update",)) -> list[str]:
        # A policy of this role is in the root module, a policy of another role in the app's module.
        own = {"type": "aws_iam_role_policy", "values": {"role": "bar-dev", "name": "logs"}}
        other = {"type": "aws_iam_role_policy", "values": {"role": "foo-dev", "name": "mine"}}
        topic = {"type": "aws_sns_topic", "values": {"name": "bar-dev", "role": "bar-dev"}}
        deeper = {"child_modules": [{"resources": [other]}]}
        root = {"resources": [topic, own], "child_modules": [deeper]}
        change = make_resource("module.app.module.iam", "aws_iam_role", list(actions), before, after)
        plan = {"resource_drift": [change], "prior_state": {"values": {"root_module": root}}}
        return align_lines(summarize_drift(list_drift(plan, OWNERS)))

    assert drift(role(), role("logs")) == drift(role("logs"), role()) == []
    assert (
        drift(role(), role("mine"))
        == drift(role("mine"), role("logs"))
        == ["  function  ~ role inline_policy"]
    )
    # The provider adds an empty policy to roles whose policies are resources.
    empty = {"name": "bar-dev", "inline_policy": [{"name": "", "policy": ""}]}
    assert drift(role(), empty) == drift(empty, role()) == []
    assert drift(role("logs"), None, ("delete",)) == ["  function  - role was deleted"]


def test_drift_omits_data_sources() -> None:
    data = make_resource("module.app", "aws_sns_topic", ["update"], {"a": "1"}, {"a": "2"}) | {"mode": "data"}
    assert list_drift({"resource_drift": [data]}, OWNERS) == ()
    assert list_drift({}, OWNERS) == ()


def test_difference_without_values_is_formatted_as_name() -> None:
    assert str(Difference(("code",), None, None)) == "code"
