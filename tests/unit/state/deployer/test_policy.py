"""The policy for deploying an app: its actions by the types in the tree, and its ARNs by the app's names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.state.deployer.actions import ANY, ARNS, FREE, LOOK_UPS, NAMED, RESOURCES
from domovoi_tf.state.deployer.keys import find_keys
from domovoi_tf.state.deployer.policy import (
    Place,
    Roles,
    build_app_policy,
    build_plan_policy,
    find_roles,
    list_types,
)
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.synthesis.stack import Stack
from domovoi_tf.system import assets
from domovoi_tf.triggers import list_resource_types

PLACE = Place("aws-cn", "cn-north-1", "123456789012")
PREFIX = "arn:aws-cn:{}:cn-north-1:123456789012:"
ACTION = re.compile(r"[a-z0-9]+:[A-Z][A-Za-z0-9]+")


def handle(event: object, context: object) -> None: ...


def build_app() -> Stack:
    app = Domovoi()
    app.sns_topic_subscriber("orders")(handle)
    app.sqs_queue_subscriber(scoped("jobs"))(handle)
    app.scheduled_function("rate(1 day)", rule_name="daily")(handle)
    return synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))


def read_types(stack: Stack) -> set[tuple[str, str]]:
    files = render(stack, assets.find_templates(), assets.find_modules())
    return list_types(file.content.decode() for file in files if file.path.endswith(".tf"))


def build(package: str | None = None) -> dict[str, dict[str, Any]]:
    stack = build_app()
    policy = build_app_policy(stack, read_types(stack), PLACE, package, Roles(), {})
    assert policy["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def read_table() -> Iterator[tuple[str, str, str]]:
    for table in (RESOURCES, LOOK_UPS):
        for name, scopes in table.items():
            yield from ((name, scope, text) for scope, text in scopes.items())


def test_every_type_of_resource_has_actions() -> None:
    missing = list_resource_types().keys() - RESOURCES.keys()
    assert missing == set(), f"add them to RESOURCES of domovoi_tf/state/deployer/actions.py: {missing}"


def test_every_look_up_has_actions() -> None:
    folders = (assets.find_modules(), assets.find_templates())
    texts = [path.read_text() for folder in folders for path in folder.rglob("*.tf*") if path.is_file()]
    looked_up = {name for block, name in list_types(texts) if block == "data"}
    missing = looked_up - LOOK_UPS.keys() - FREE
    assert missing == set(), f"add them to LOOK_UPS of domovoi_tf/state/deployer/actions.py: {missing}"


def test_table_is_well_formed() -> None:
    assert {scope for _, scope, _ in read_table()} <= {ANY, *ARNS}
    assert NAMED.keys() <= ARNS.keys()
    for name, scope, text in read_table():
        for part in text.split("|"):
            service, _, names = part.strip().partition(": ")
            assert names, (name, scope)
            assert all(ACTION.fullmatch(f"{service}:{each}") for each in names.split()), (name, scope)


def test_resources_are_those_with_the_names_of_the_app() -> None:
    statements = build()
    assert statements["AppTopics"]["Resource"] == [
        f"{PREFIX.format('sns')}{name}" for name in ("bar-dev", "bar-dev-*", "orders")
    ]
    assert statements["AppQueues"]["Resource"] == [
        f"{PREFIX.format('sqs')}{name}" for name in ("bar-dev", "bar-dev-*")
    ]
    assert f"{PREFIX.format('events')}rule/daily" in statements["AppRules"]["Resource"]
    assert statements["AppFunctions"]["Resource"] == [
        f"{PREFIX.format('lambda')}function:{name}" for name in ("bar-dev", "bar-dev-*")
    ]
    assert "sqs:CreateQueue" in statements["AppQueues"]["Action"]
    assert "AppBuckets" not in statements
    assert [sid for sid, each in statements.items() if each["Resource"] == ["*"]] == ["AppAny"]


def test_roles_are_passed_to_the_services_that_take_them_alone() -> None:
    statements = build()
    roles = [f"arn:aws-cn:iam::123456789012:role/{name}" for name in ("bar-dev", "bar-dev-*", "bar-dev.*")]
    assert statements["AppPassRoles"] == {
        "Sid": "AppPassRoles",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": roles,
        "Condition": {
            "StringEquals": {
                "iam:PassedToService": [
                    *("lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com")
                ]
            }
        },
    }
    assert "iam:PassRole" not in statements["AppRoles"]["Action"]


def test_roles_have_the_paths_and_prefixes_of_the_settings() -> None:
    app = Domovoi()
    app.function("billing")
    app.scheduled_function("rate(1 day)")(handle)
    app.scheduled_function("rate(2 days)", function="billing")(handle)
    existing = "arn:aws-cn:iam::123456789012:role/mine"
    other = "arn:aws-cn:iam::123456789012:role/schedule"
    settings = Settings(
        app_name="bar",
        stage="dev",
        role_path="/apps/",
        role_name_prefix="cn-",
        functions={"billing": FunctionSettings(role_path="/billing/", iam_role_arn=existing)},
        existing_roles={"schedules": {"handle": other}},
    )
    stack = synthesize(app.freeze(), settings)
    roles = find_roles(app.freeze(), settings)
    policy = build_app_policy(stack, read_types(stack), PLACE, None, roles, {})
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    own = [
        f"arn:aws-cn:iam::123456789012:role/{prefix}bar-dev{rest}"
        for prefix in ("apps/cn-", "billing/cn-")
        for rest in ("", "-*", ".*")
    ]
    assert statements["AppRoles"]["Resource"] == own
    assert statements["AppPassRoles"]["Resource"] == [*own, existing, other]
    assert f"{PREFIX.format('lambda')}function:bar-dev" in statements["AppFunctions"]["Resource"]


@pytest.mark.parametrize("package", [None, "my-packages"])
def test_package_is_an_object_only_with_a_bucket(package: str | None) -> None:
    statement = build(package).get("AppPackages")
    assert (statement or {}).get("Resource") == (
        None if package is None else ["arn:aws-cn:s3:::my-packages", "arn:aws-cn:s3:::my-packages/*"]
    )


def test_names_with_the_stage_are_those_of_the_stage() -> None:
    app = Domovoi()
    app.sqs_queue_subscriber(scoped("jobs", form="{name}-{stage}"))(handle)
    app.scheduled_function("rate(1 day)", rule_name=scoped("daily", form="{stage}.{name}"))(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles(), {})
    resources = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    assert f"{PREFIX.format('sqs')}jobs-dev" in resources["AppQueues"]
    assert f"{PREFIX.format('events')}rule/dev.daily" in resources["AppRules"]
    assert "{" not in str(policy["Statement"]).replace("{'", "")


def test_log_groups_of_others_are_named_in_full() -> None:
    app = Domovoi()
    app.cloudwatch_logs_sub_filter_handler("/ecs/shop", "")(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles(), {})
    (groups,) = (each for each in policy["Statement"] if each["Sid"] == "AppLogGroups")
    places = ("/aws/lambda/", "/aws/vendedlogs/states/")
    own = [f"{place}bar-dev{rest}" for place in places for rest in ("", "-*")]
    prefix = PREFIX.format("logs")
    expected = [f"{prefix}log-group:{name}{end}" for name in (*own, "/ecs/shop") for end in ("", ":*")]
    assert groups["Resource"] == sorted(expected)


def test_names_that_the_caller_passes_are_any(tmp_path: Path) -> None:
    app = Domovoi()
    app.sns_topic_subscriber(variable("orders_topic_arn"))(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles(), {})
    (topics,) = (each for each in policy["Statement"] if each["Sid"] == "AppTopics")
    assert topics["Resource"] == [f"{PREFIX.format('sns')}*"]


def build_statements(app: Domovoi, settings: Settings) -> dict[str, dict[str, Any]]:
    application = app.freeze()
    stack = synthesize(application, settings)
    roles, keys = find_roles(application, settings), find_keys(application, settings)
    policy = build_app_policy(stack, read_types(stack), PLACE, None, roles, keys)
    return {statement["Sid"]: statement for statement in policy["Statement"]}


@pytest.mark.parametrize("path", ["", "apps/"])
def test_roles_with_names_that_are_cut_are_those_of_the_app(path: str) -> None:
    # As in the native tests of modules/state_machine and modules/triggers/scheduler.
    name = "0123456789" * 6
    app = Domovoi()
    app.scheduled_function("rate(1 day)")(handle)
    settings = Settings(app_name=name[:56], stage="dev", role_path=f"/{path}", role_name_prefix="")
    resources = build_statements(app, settings)["AppRoles"]["Resource"]
    cut = [f"{settings.name[:length]}.1f2e3d4c{end}" for length, end in ((55, ""), (48, ".states"))]
    for role in (settings.name, f"{settings.name}.states", *cut):
        arn = f"arn:aws-cn:iam::123456789012:role/{path}{role}"
        assert any(fnmatch.fnmatchcase(arn, pattern) for pattern in resources), role
    other = f"arn:aws-cn:iam::123456789012:role/{path}{name[:47]}.1f2e3d4c.states"
    assert not any(fnmatch.fnmatchcase(other, pattern) for pattern in resources)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bar", ["bar-dev*"]),
        ("my_bar", ["my-bar-dev*", "my_bar-dev*"]),
        ("a-very-long-name-of-a-bar", ["a-very-long-name-of-a-bar*"]),
        ("internal-bar", ["bar-dev-??????", "internal-bar-dev*"]),
    ],
)
def test_load_balancers_have_the_names_that_the_modules_give_them(name: str, expected: list[str]) -> None:
    app = Domovoi()
    app.alb_target("/menu")(handle)
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/bar/50dc6c495c0c9188/f2f7"
    statements = build_statements(app, Settings(app_name=name, stage="dev", alb_listener_arn=arn))
    prefix = PREFIX.format("elasticloadbalancing")
    groups = [each for each in statements["AppLoadBalancers"]["Resource"] if ":targetgroup/" in each]
    assert groups == [f"{prefix}targetgroup/{each}/*" for each in expected]


KEY = "arn:aws-cn:kms:{}:123456789012:key/11111111-1111-1111-1111-11111111111{}"


def test_keys_are_used_through_the_services_that_have_them() -> None:
    app = Domovoi()
    app.function("billing")
    app.scheduled_function("rate(1 day)", timezone="Europe/Vienna")(handle)
    app.sqs_queue_subscriber("jobs", function="billing")(handle)
    keys = [KEY.format("cn-north-1", number) for number in range(3)]
    settings = Settings(
        app_name="bar",
        stage="dev",
        kms_key_arn=keys[0],
        functions={"billing": FunctionSettings(kms_key_arn=keys[1])},
        schedules={"kms_key_arn": keys[2]},
        state_machines={"kms_key_arn": KEY.format("cn-north-1", 3)},
    )
    statements = build_statements(app, settings)
    assert statements["AppKeysLambda"] == {
        "Sid": "AppKeysLambda",
        "Effect": "Allow",
        "Action": ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"],
        "Resource": keys[:2],
        "Condition": {"StringEquals": {"kms:ViaService": ["lambda.cn-north-1.amazonaws.com"]}},
    }
    assert statements["AppKeysScheduler"]["Resource"] == [keys[2]]
    assert statements["AppKeysScheduler"]["Action"] == [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
    ]
    assert "AppKeysStates" not in statements  # there is no state machine


def test_apps_without_keys_need_none() -> None:
    assert not any(sid.startswith("AppKeys") for sid in build())


def test_plan_policy_only_reads() -> None:
    lock = {
        "Sid": "StateLock",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "l",
    }
    table = {
        "Sid": "Table",
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "Resource": "t",
    }
    state = {"Version": "2012-10-17", "Statement": [lock, table]}
    stack = build_app()
    app = build_app_policy(stack, read_types(stack), PLACE, "packages", Roles(), {})
    policy = build_plan_policy(state, app)
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert statements["Table"] == {**table, "Action": ["dynamodb:GetItem"]}
    assert {"StateLock", "AppPassRoles"} & statements.keys() == set()
    assert statements.keys() - {"Table"} == {each["Sid"] for each in app["Statement"]} - {"AppPassRoles"}
    verbs = {
        re.sub("[A-Z].*", "", action.partition(":")[2][1:])
        for each in policy["Statement"]
        for action in each["Action"]
    }
    assert verbs == {"et", "ist", "escribe"}, verbs
