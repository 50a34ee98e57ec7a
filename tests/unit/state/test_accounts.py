"""The accounts whose resources a state or a plan describes."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.state.accounts import list_plan_accounts, list_state_accounts


def make_resource(account: str, mode: str = "managed") -> dict[str, Any]:
    """Returns a resource as a state has it, and as a plan's JSON has it."""
    attributes = {"arn": f"arn:aws:sns:us-east-1:{account}:orders"}
    return {"mode": mode, "values": attributes, "instances": [{"attributes": attributes}]}


def test_resources_of_all_modules_of_a_plan_count() -> None:
    inner = {"resources": [make_resource("333333333333")]}
    outer = {"resources": [make_resource("222222222222")], "child_modules": [inner]}
    root = {"resources": [make_resource("111111111111")], "child_modules": [outer]}
    lost = {**make_resource(""), "change": {"before": make_resource("444444444444")["values"], "after": None}}
    plan = {"prior_state": {"values": {"root_module": root}}, "resource_drift": [lost]}
    assert list_plan_accounts(plan) == {f"{digit * 12}" for digit in "1234"}


def test_data_sources_and_resources_without_an_arn_do_not_count() -> None:
    resources = [make_resource("111111111111", "data"), {"mode": "managed", "values": {"id": "7"}}]
    assert list_plan_accounts({"prior_state": {"values": {"root_module": {"resources": resources}}}}) == set()
    assert list_state_accounts({"resources": resources}) == set()


def test_plan_of_a_first_deployment_has_no_account() -> None:
    assert list_plan_accounts({"prior_state": {"values": {}}}) == list_plan_accounts({}) == set()


def test_resources_of_a_state_count() -> None:
    resources = [make_resource("111111111111"), make_resource("222222222222")]
    assert list_state_accounts({"resources": resources}) == {"111111111111", "222222222222"}


@pytest.mark.parametrize("state", [None, [], "text", {}, {"resources": None}, {"resources": [1, "x", None]}])
def test_file_that_is_not_a_state_has_no_account(state: Any) -> None:
    assert list_state_accounts(state) == set()
