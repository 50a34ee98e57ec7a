"""Tests which objects a plan moves, replaces, destroys and creates after each kind of change to an app.

One app has two handlers for each kind of event source: one with one source, and one with two. Each operation
changes the handlers of all kinds at once. The provider plans for real, but nothing is applied: `paper_states`
makes a state of the first plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
import tftest
from paper_states import plan_changes, pretend_apply, write_files

from domovoi_tf import Domovoi, variable
from domovoi_tf.renames.decision import Answers, Decision, decide_moves
from domovoi_tf.renames.problems import Details
from domovoi_tf.rendering.templates import render, render_moves
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.addresses import list_addresses
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.synthesis.stack import Stack
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.validation.application import validate

pytestmark = pytest.mark.terraform
CREATED = ["s3:ObjectCreated:*"]
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/{}/stream/2026-01-31T10:20:30.000"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/bar/1/2"
SETTINGS = Settings(app_name="bar", stage="dev")
EVERY = "abcd"


class Change(NamedTuple):
    """The differences of an app from the one that is deployed.

    ``single`` and ``pair`` are the sources of the handlers with one and with two, in the order of their
    decorators. ``functions`` are the functions of these handlers.
    """

    single: str = "a"
    pair: str = "cd"
    functions: tuple[str, str] = ("", "reports")
    names: Mapping[str, str] = {}
    schedule: str = "rate(1 day)"
    is_reversed: bool = False


DEPLOYED = Change()


def name_rule(kind: str, letter: str) -> str | None:
    return f"{kind}-{letter}" if letter in "bd" else None


#: The decorator for a source with a letter, by a word in the names of all that belongs to the kind.
KINDS: dict[str, Callable[[Domovoi, str, str, Change], Any]] = {
    "schedule": lambda app, letter, function, change: app.scheduled_function(
        change.schedule, name_rule("schedule", letter), function=function
    ),
    "clock": lambda app, letter, function, change: app.scheduled_function(
        change.schedule, name_rule("clock", letter), timezone="Europe/Vienna", function=function
    ),
    "event": lambda app, letter, function, change: app.cloudwatch_event_handler(
        source=[letter], rule_name=name_rule("event", letter), function=function
    ),
    "topic": lambda app, letter, function, change: app.sns_topic_subscriber(
        f"topic-{letter}", function=function
    ),
    "queue": lambda app, letter, function, change: app.sqs_queue_subscriber(
        f"queue-{letter}", function=function
    ),
    "photos": lambda app, letter, function, change: app.s3_event_handler(
        f"photos-{letter}", CREATED, use_sns=False, function=function
    ),
    "folder": lambda app, letter, function, change: app.s3_event_handler(
        f"folder-{letter}", CREATED, use_sqs=True, function=function
    ),
    "table": lambda app, letter, function, change: app.dynamodb_stream_handler(
        variable(f"table_{letter}"), function=function
    ),
    "stream": lambda app, letter, function, change: app.kinesis_stream_handler(
        f"stream-{letter}", create=True, function=function
    ),
    "logs": lambda app, letter, function, change: app.cloudwatch_logs_sub_filter_handler(
        f"/logs/{letter}", "", create=True, function=function
    ),
    "mail": lambda app, letter, function, change: app.email_receipt_handler(
        [f"{letter}@mail.com"], rule_set_name=f"mail-{letter}", function=function
    ),
    "path": lambda app, letter, function, change: app.alb_target(f"/{letter}", function=function),
    "url": lambda app, letter, function, change: app.function_url(
        function=f"other-{letter}" if letter in "bd" else function
    ),
    "machine": lambda app, letter, function, change: app.step_function_task(
        letter, build_definition(change), function=function
    ),
}


def build_definition(change: Change) -> dict[str, Any]:
    """Returns a state machine with a task for each source in use."""
    types = {letter: "Task" if letter in change.single + change.pair else "Pass" for letter in EVERY}
    states = {
        letter: {"Type": type_, **({"Next": following} if following else {"End": True})}
        for (letter, type_), following in zip(types.items(), [*EVERY[1:], ""], strict=True)
    }
    return {"StartAt": "a", "States": states}


def build_app(change: Change) -> Domovoi:
    app = Domovoi()
    app.function(change.functions[1])
    for function in ("spare", "other-b", "other-d"):
        app.lambda_function(function=app.function(function))(make_handler(f"run_{function}"))
    declarations = [
        (kind, name, letters, function)
        for kind in KINDS
        for name, letters, function in zip(
            (kind, f"{kind}_pair"), (change.single, change.pair), change.functions, strict=True
        )
    ]
    for kind, name, letters, function in declarations[:: -1 if change.is_reversed else 1]:
        handler = make_handler(change.names.get(name, name))
        for letter in letters:
            KINDS[kind](app, letter, function, change)(handler)
    return app


def make_handler(name: str) -> Callable[[Any, Any], Any]:
    def handler(event: Any, context: Any) -> None: ...

    handler.__name__ = handler.__qualname__ = name.replace("-", "_")
    return handler


def synthesize_valid(change: Change) -> Stack:
    application = build_app(change).freeze()
    assert [str(problem) for problem in validate(application, SETTINGS)] == []
    return synthesize(application, SETTINGS)


def decide(change: Change, *replaced: str) -> Decision:
    """Returns what ``render`` moves, and its problems."""
    before, after = (list_addresses(synthesize_valid(each)) for each in (DEPLOYED, change))
    places = {(name, ""): "app.py:1" for block in after.values() for name in block.handlers}
    return decide_moves(before, after, {}, Details(places, {}), Answers({}, replaced))


def render_files(change: Change, *replaced: str) -> dict[str, str]:
    """Returns the files of the root module and of the app with a change."""
    stack, templates = synthesize_valid(change), assets.find_templates()
    files = [file for file in render(stack, templates, assets.find_modules()) if file.path.startswith("app/")]
    decision = decide(change, *replaced)
    assert [str(problem) for problem in decision.problems] == []
    files += render_moves(decision.moves, templates)
    inputs = {
        each.name: LISTENER if each.name.startswith("alb") else STREAM.format(each.name)
        for each in stack.inputs
    }
    lines = [f'  {name} = "{value}"\n' for name, value in inputs.items()]
    root = "".join(['provider "aws" {}\n\nmodule "app" {\n  source = "./app"\n', *lines, "}\n"])
    texts = {file.path: file.content.decode() for file in files}
    return {"app/moved.tf": "", **texts, "main.tf": root}


#: The changes that are planned, and the answers with ``--replace``. Each changes the two handlers of a kind
#: in two different ways, which saves plans.
PLANS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "rename": (
        DEPLOYED._replace(names={kind: f"{kind}_new" for kind in KINDS}, functions=("", "accounts")),
        ("schedule", "clock", "event", "logs", "mail", "path"),
    ),
    "move": (DEPLOYED._replace(functions=("spare", "reports"), pair="dc", is_reversed=True), ()),
    "sources": (DEPLOYED._replace(single="ab", pair="d"), ()),
    "schedule": (DEPLOYED._replace(schedule="rate(3 days)"), ()),
}
#: Each operation, with the plan and whether it is on the handlers with two sources.
OPERATIONS = {
    "rename a handler": ("rename", False),
    "rename a function": ("rename", True),
    "move a handler to another function": ("move", False),
    "reorder decorators": ("move", True),
    "add a second source": ("sources", False),
    "remove one of two": ("sources", True),
    "change a schedule": ("schedule", False),
}
#: Labels of what belongs to the handlers with two sources: their own, and those of sources and functions.
PAIR = re.compile("pair|reports|accounts|_[cd](_|$)")
RULE = "cloudwatch_event_rule, cloudwatch_event_target, lambda_permission"
SCHEDULE = "iam_role, iam_role_policy, scheduler_schedule"
TARGET = "lambda_permission, lb_listener_rule, lb_target_group, lb_target_group_attachment"
CHANNEL = "sns_topic, sns_topic_policy, sns_topic_subscription, sqs_queue, sqs_queue_policy"
#: What is planned for the handlers of each kind, by operation; without kinds for which nothing is planned.
#: The state machine has one call, so a rename of the one handler shows the function of the other.
EXPECTED: dict[str, dict[str, list[str]]] = {
    "rename a handler": {
        "schedule": [f"creates {RULE}", f"destroys {RULE}"],
        "clock": [f"creates {SCHEDULE}", f"destroys {SCHEDULE}"],
        "event": [f"creates {RULE}", f"destroys {RULE}"],
        "topic": ["moves topic to topic_new"],
        "queue": ["moves queue to queue_new"],
        "table": ["moves table to table_new"],
        "stream": ["moves stream to stream_new"],
        "logs": [
            "creates cloudwatch_log_subscription_filter, lambda_permission",
            "destroys cloudwatch_log_subscription_filter, lambda_permission",
        ],
        "mail": [
            "creates lambda_permission, ses_receipt_rule",
            "destroys lambda_permission, ses_receipt_rule",
        ],
        "path": [f"creates {TARGET}", f"destroys {TARGET}"],
        "url": ["moves url to url_new"],
        "machine": ["updates iam_role_policy.policy, sfn_state_machine.definition"],
    },
    "rename a function": {
        "schedule": ["replaces lambda_permission (function_name)", "updates cloudwatch_event_target.arn"],
        "clock": ["updates iam_role_policy.policy, scheduler_schedule.target"],
        "event": ["replaces lambda_permission (function_name)", "updates cloudwatch_event_target.arn"],
        "topic": ["replaces lambda_permission (function_name), sns_topic_subscription (endpoint)"],
        "queue": ["updates lambda_event_source_mapping.function_name"],
        "photos": [
            "creates lambda_permission",
            "destroys lambda_permission",
            "updates s3_bucket_notification.lambda_function",
        ],
        "folder": [
            f"creates lambda_event_source_mapping, {CHANNEL}",
            f"destroys lambda_event_source_mapping, {CHANNEL}",
            "updates s3_bucket_notification.topic",
        ],
        "table": ["updates lambda_event_source_mapping.function_name"],
        "stream": ["updates lambda_event_source_mapping.function_name"],
        "logs": [
            "replaces cloudwatch_log_subscription_filter (destination_arn), "
            "lambda_permission (function_name, principal)"
        ],
        "mail": [
            "replaces lambda_permission (function_name, source_account, source_arn)",
            "updates ses_receipt_rule.lambda_action",
        ],
        "path": ["replaces lambda_permission (function_name), lb_target_group_attachment (target_id)"],
        "url": [
            "moves url_pair_url_7f370943 to url_pair_url_1a1c5789",
            "replaces lambda_function_url (function_name)",
        ],
        "lambda": [
            "creates cloudwatch_log_group, lambda_function",
            "destroys cloudwatch_log_group, lambda_function",
        ],
        "iam": ["creates iam_role, iam_role_policy", "destroys iam_role, iam_role_policy"],
    },
    "move a handler to another function": {
        "schedule": ["replaces lambda_permission (function_name)", "updates cloudwatch_event_target.arn"],
        "clock": ["updates iam_role_policy.policy, scheduler_schedule.target"],
        "event": ["replaces lambda_permission (function_name)", "updates cloudwatch_event_target.arn"],
        "topic": ["replaces lambda_permission (function_name), sns_topic_subscription (endpoint)"],
        "queue": ["updates lambda_event_source_mapping.function_name"],
        "photos": [
            "creates lambda_permission",
            "destroys lambda_permission",
            "updates s3_bucket_notification.lambda_function",
        ],
        "folder": [
            f"creates lambda_event_source_mapping, {CHANNEL}",
            f"destroys lambda_event_source_mapping, {CHANNEL}",
            "updates s3_bucket_notification.topic",
        ],
        "table": ["updates lambda_event_source_mapping.function_name"],
        "stream": ["updates lambda_event_source_mapping.function_name"],
        "logs": [
            "replaces cloudwatch_log_subscription_filter (destination_arn), lambda_permission (function_name)"
        ],
        "mail": ["replaces lambda_permission (function_name)", "updates ses_receipt_rule.lambda_action"],
        "path": ["replaces lambda_permission (function_name), lb_target_group_attachment (target_id)"],
        "url": ["replaces lambda_function_url (function_name)"],
        "machine": ["updates iam_role_policy.policy, sfn_state_machine.definition"],
        "lambda": ["destroys lambda_function", "forgets cloudwatch_log_group"],
        "iam": ["creates iam_role_policy", "destroys iam_role, iam_role_policy"],
    },
    "reorder decorators": {},
    "add a second source": {
        "schedule": ["moves schedule to schedule_rule", f"creates {RULE}"],
        "clock": ["moves clock to clock_rule", f"creates {SCHEDULE}"],
        "event": ["moves event to event_rule", f"creates {RULE}"],
        "topic": [
            "moves topic to topic_topic_a",
            "creates lambda_permission, sns_topic, sns_topic_policy, sns_topic_subscription",
        ],
        "queue": [
            "moves queue to queue_queue_a",
            "creates lambda_event_source_mapping, sqs_queue, sqs_queue_policy",
        ],
        "photos": ["creates lambda_permission, s3_bucket_notification"],
        "folder": [f"creates lambda_event_source_mapping, s3_bucket_notification, {CHANNEL}"],
        "table": ["moves table to table_table_a", "creates lambda_event_source_mapping"],
        "stream": ["moves stream to stream_stream_a", "creates kinesis_stream, lambda_event_source_mapping"],
        "logs": [
            "moves logs to logs_logs_a",
            "creates cloudwatch_log_group, cloudwatch_log_subscription_filter, lambda_permission",
        ],
        "mail": ["moves mail to mail_a_mail_com", "creates lambda_permission, ses_receipt_rule"],
        "path": ["moves path to path_a", f"creates {TARGET}"],
        "url": ["moves url to url_url_ad3b0a8f", "creates lambda_function_url"],
        "machine": ["updates sfn_state_machine.definition"],
        "lambda": ["updates lambda_function.environment"],
        "iam": ["updates iam_role_policy.policy"],
    },
    "remove one of two": {
        "schedule": ["moves schedule_pair_schedule_d to schedule_pair", f"destroys {RULE}"],
        "clock": ["moves clock_pair_clock_d to clock_pair", f"destroys {SCHEDULE}"],
        "event": ["moves event_pair_event_d to event_pair", f"destroys {RULE}"],
        "topic": [
            "moves topic_pair_topic_d to topic_pair",
            "destroys lambda_permission, sns_topic, sns_topic_policy, sns_topic_subscription",
        ],
        "queue": [
            "moves queue_pair_queue_d to queue_pair",
            "destroys lambda_event_source_mapping, sqs_queue, sqs_queue_policy",
        ],
        "photos": ["destroys lambda_permission, s3_bucket_notification"],
        "folder": [f"destroys lambda_event_source_mapping, s3_bucket_notification, {CHANNEL}"],
        "table": ["moves table_pair_table_d to table_pair", "destroys lambda_event_source_mapping"],
        "stream": [
            "moves stream_pair_stream_d to stream_pair",
            "destroys kinesis_stream, lambda_event_source_mapping",
        ],
        "logs": [
            "moves logs_pair_logs_d to logs_pair",
            "destroys cloudwatch_log_group, cloudwatch_log_subscription_filter, lambda_permission",
        ],
        "mail": ["moves mail_pair_d_mail_com to mail_pair", "destroys lambda_permission, ses_receipt_rule"],
        "path": ["moves path_pair_d to path_pair", f"destroys {TARGET}"],
        "url": ["moves url_pair_url_47a6bd78 to url_pair", "destroys lambda_function_url"],
        "lambda": ["updates lambda_function.environment"],
        "iam": ["updates iam_role_policy.policy"],
    },
    "change a schedule": {
        "schedule": ["updates cloudwatch_event_rule.schedule_expression"],
        "clock": ["updates scheduler_schedule.schedule_expression"],
    },
}
ACTIONS = {
    ("no-op",): "",
    ("update",): "updates",
    ("forget",): "forgets",
    ("create",): "creates",
    ("delete",): "destroys",
    ("delete", "create"): "replaces",
    ("create", "delete"): "replaces",
}


def locate(address: str) -> str:
    """Returns the part of an address that tells which module call or source of the app it is."""
    parts = address.removeprefix("module.app.").split(".")
    return parts[1] if parts[0] == "module" else f"{parts[0].removeprefix('aws_')}.{parts[1]}"


def describe(changes: list[dict[str, Any]], word: str, is_pair: bool) -> list[str]:
    """Returns what a plan does with what has a word in its label, and why; updates by the attributes."""
    moves: dict[str, None] = {}
    actions: dict[str, dict[str, None]] = {}
    for each in changes:
        place, change = locate(each["address"]), each["change"]
        is_meant = re.search(rf"(^|[_.]){word}(_|$)", place) and bool(PAIR.search(place)) is is_pair
        if not is_meant:
            continue
        if old := each.get("previous_address"):
            moves[f"moves {locate(old)} to {place}"] = None
        action, names = ACTIONS[tuple(change["actions"])], [each["type"].removeprefix("aws_")]
        if action == "replaces":
            names = [f"{names[0]} ({', '.join(sorted(str(path[0]) for path in change['replace_paths']))})"]
        if action == "updates":
            names = [f"{names[0]}.{attribute}" for attribute in list_updates(change)]
        actions.setdefault(action, {}).update(dict.fromkeys(names))
    lines = {
        action: ", ".join(sorted(names)) for action, names in sorted(actions.items()) if action and names
    }
    return [*moves, *(f"{action} {names}" for action, names in lines.items())]


def list_updates(change: Mapping[str, Any]) -> list[str]:
    """Returns the attributes whose values change, except those that the state does not have."""
    before, after = change["before"], change["after"]
    return [name for name, value in before.items() if value and after.get(name) != value]


@pytest.fixture(scope="module")
def plans(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """The planned changes of each operation."""
    root = tmp_path_factory.mktemp("identity")
    (root / "app").mkdir()
    (root / "app" / "package.zip").touch()
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, root, render_files(DEPLOYED), rounds=2)
    planned = {}
    for name, (change, replaced) in PLANS.items():
        write_files(root, render_files(change, *replaced))
        runner.execute_command("get")
        planned[name] = [*plan_changes(runner).values()]
    return planned


@pytest.mark.parametrize("operation", OPERATIONS)
def test_plan_of_each_kind(operation: str, plans: dict[str, list[dict[str, Any]]]) -> None:
    plan, is_pair = OPERATIONS[operation]
    described = {word: describe(plans[plan], word, is_pair) for word in (*KINDS, "lambda", "iam")}
    assert {word: lines for word, lines in described.items() if lines} == EXPECTED[operation]


def test_handlers_whose_names_aws_knows_are_renamed_only_with_an_answer() -> None:
    change = DEPLOYED._replace(names={kind: f"{kind}_new" for kind in KINDS})
    problems = "\n".join(map(str, decide(change).problems))
    refused = [kind for kind in KINDS if re.search(rf"\b{kind}\b.*\b{kind}_new\b", problems)]
    assert refused == ["schedule", "clock", "event", "logs", "mail", "path"]
