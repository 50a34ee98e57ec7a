"""The policy for deploying an app: its actions by the types in the tree, and its ARNs by the app's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.state.deployer.actions import ANY, ARNS, FREE, LOOK_UPS, NAMED, RESOURCES
from domovoi_tf.state.deployer.policy import Place, Roles, build_app_policy, find_roles, list_types
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
    policy = build_app_policy(stack, read_types(stack), PLACE, package, Roles())
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
    policy = build_app_policy(stack, read_types(stack), PLACE, None, roles)
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
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles())
    resources = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    assert f"{PREFIX.format('sqs')}jobs-dev" in resources["AppQueues"]
    assert f"{PREFIX.format('events')}rule/dev.daily" in resources["AppRules"]
    assert "{" not in str(policy["Statement"]).replace("{'", "")


def test_log_groups_of_others_are_named_in_full() -> None:
    app = Domovoi()
    app.cloudwatch_logs_sub_filter_handler("/ecs/shop", "")(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles())
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
    policy = build_app_policy(stack, read_types(stack), PLACE, None, Roles())
    (topics,) = (each for each in policy["Statement"] if each["Sid"] == "AppTopics")
    assert topics["Resource"] == [f"{PREFIX.format('sns')}*"]
