"""The instances of apps in the plan of another repository, and the owners of its resources."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.plans.callers.configuration import Configuration
from domovoi_tf.plans.callers.instances import PlanOwners
from domovoi_tf.plans.resource_owners import Owner, Owners

from ..test_summary import make_resource

LAMBDA = {"references": ["module.lambda.function", "module.lambda"]}
APP = {
    "module_calls": {
        "lambda": {"source": "./modules/lambda", "module": {}},
        "iam": {"source": "./modules/iam", "module": {}},
        "tend": {"source": "./modules/triggers/sns", "expressions": {"function": LAMBDA}},
        "s3_photos_sns_sqs": {
            "source": "./modules/triggers/s3_sns_sqs",
            "expressions": {"function": LAMBDA},
        },
    }
}


def make_plan(calls: dict[str, Any], *modules: str) -> dict[str, Any]:
    resources = [make_resource(each, "aws_sns_topic", ["create"], None, {}) for each in modules]
    return {
        "configuration": {"root_module": {"module_calls": calls}},
        "resource_changes": resources,
    }


def list_titles(owners: PlanOwners, *modules: str) -> list[str]:
    return [owners.find_owner(each, "aws_sns_topic").title for each in modules]


def test_several_instances_in_modules() -> None:
    call = {"team": {"source": "./team", "module": {"module_calls": {"bar": {"module": APP}}}}}
    eu, us = (f'module.team.module.bar["{region}.a\\"b"]' for region in ("eu", "us"))
    modules = (f"{eu}.module.tend", eu, f"{eu}.module.iam", f"{us}.module.s3_photos_sns_sqs")
    owners = PlanOwners(make_plan(call, *modules, "module.vpc[0]", ""))
    assert owners.instances == (eu, us)
    assert list_titles(owners, *modules, "module.vpc[0].module.tend", "") == [
        'team.bar["eu.a\\"b"] tend',
        'team.bar["eu.a\\"b"] sources',
        'team.bar["eu.a\\"b"] function',
        'team.bar["us.a\\"b"] module s3_photos_sns_sqs',
        "module vpc[0].tend",
        "root module",
    ]
    function = owners.find_owner(f"{eu}.module.iam", "aws_iam_role")
    assert owners.list_handlers(function) == ("tend",)
    assert owners.find_owner(eu, "").document == {
        "kind": "sources",
        "name": "",
        "instance": 'team.bar["eu.a\\"b"]',
    }


def test_single_instance_needs_no_name() -> None:
    owners = PlanOwners(make_plan({"shop": {"source": "../bar", "module": APP}}, "module.shop", ""))
    assert list_titles(owners, "module.shop.module.tend", "module.shop", "") == [
        "tend",
        "sources",
        "root module",
    ]
    assert not owners.has_owner(Owner("handler", "pour"))
    assert owners.has_owner(Owner("handler", "tend"))


def test_tree_names_the_handlers_of_its_app_only() -> None:
    tree = Owners(
        {"lambda": "", "iam": "", "tend": "Bar.tend", "s3_photos_sns_sqs": "frame, sell"},
    )
    calls = {
        "shop": {"module": APP},
        "other": {
            "module": {
                "module_calls": {
                    "lambda": {"source": "./modules/lambda"},
                    "iam": {"source": "./modules/iam"},
                    "a": {"source": "./modules/triggers/sns"},
                    "b": {"source": "./modules/triggers/sns"},
                    "c": {"source": "./modules/triggers/sns"},
                    "tend": {"source": "./modules/triggers/sns"},
                }
            }
        },
    }
    owners = PlanOwners(make_plan(calls, "module.shop", "module.other"), tree)
    assert list_titles(
        owners, "module.shop.module.tend", "module.shop.module.s3_photos_sns_sqs", "module.other.module.tend"
    ) == ["shop Bar.tend", "shop frame, sell", "other tend"]
    assert owners.list_handlers(Owner("function", "", "shop")) == ("Bar.tend", "frame", "sell")


def test_rendered_stage_is_recognised() -> None:
    calls = {"app": {"source": "../../app", "module": APP}}
    owners = PlanOwners(make_plan(calls, "module.app", ""))
    assert list_titles(owners, "module.app.module.tend", "module.load_balancer", "", "module.vpc") == [
        "tend",
        "load balancer",
        "stage",
        "stage",
    ]


def test_app_that_is_no_longer_called() -> None:
    """A module of somebody else's, called lambda, has no log group of this name."""
    plan = make_plan({})
    plan["resource_changes"] = [
        make_resource("module.bar.module.lambda", "aws_lambda_function", ["delete"], {}),
        make_resource("module.bar.module.lambda", "aws_cloudwatch_log_group", ["delete"], {}),
        make_resource("module.mine.module.lambda", "aws_lambda_function", ["delete"], {}),
    ]
    owners = PlanOwners(plan)
    assert owners.instances == ("module.bar",)
    assert list_titles(owners, "module.bar.module.tend", "module.mine.module.lambda") == [
        "tend",
        "module mine.lambda",
    ]


def test_tree_of_another_app_does_not_name_handlers() -> None:
    """At least half of the handlers in the plan are those of the tree."""
    trigger = {"source": "./modules/triggers/sns", "expressions": {"function": LAMBDA}}
    calls = {**APP["module_calls"], **dict.fromkeys(("pour", "wash"), trigger)}
    app = {"bar": {"source": "./bar", "module": {"module_calls": calls}}}
    for tree, title in (
        (Owners({"tend": "Tend"}), "tend"),
        (Owners({"tend": "Tend", "pour": "Pour"}), "Tend"),
    ):
        owners = PlanOwners(make_plan(app, "module.bar.module.tend"), tree)
        assert list_titles(owners, "module.bar.module.tend") == [title]


def test_calls_of_an_app_are_read_once_for_all_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, Any] = {**APP["module_calls"], "state_machine_x": {"source": "./modules/state_machine"}}
    for number in range(20):
        references = {"references": [f"module.lambda_f{number}.function", f"module.lambda_f{number}"]}
        source = "./modules/triggers/sns"
        calls[f"handler{number}"] = {"source": source, "expressions": {"function": references}}
    app = {"bar": {"source": "./bar", "module": {"module_calls": calls}}}
    owners = PlanOwners(make_plan(app, "module.bar.module.tend"))
    read: list[str] = []

    def get_calls(_: Configuration, module: str) -> dict[str, Any]:
        read.append(module)
        return calls

    monkeypatch.setattr(Configuration, "get_calls", get_calls)
    for number in range(20):
        function = Owner("function", f"f{number}")
        assert owners.list_handlers(function) == (f"handler{number}",)
        assert owners.has_machines(function)
    assert owners.list_handlers(Owner("function", "")) == ("tend",)
    assert read == ["module.bar", "module.bar"]
