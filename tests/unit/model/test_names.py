"""variable() and scoped() are values when the app is read, and names on AWS inside the function."""

from __future__ import annotations

import pytest

from domovoi_tf import DomovoiError, scoped, variable
from domovoi_tf.model.names import resolve


def test_a_literal_name_is_itself() -> None:
    assert resolve("bartender", {}) == "bartender"


def test_str_of_a_variable_is_what_terraform_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_orders_table", "orders-7f3")
    assert str(variable("orders_table")) == "orders-7f3"


def test_str_of_a_scoped_name_begins_with_the_app_and_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "shop-prod")
    assert f"{scoped('orders')}" == "shop-prod-orders"


def test_an_environment_given_counts_instead_of_the_process_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "shop-prod")
    assert resolve(scoped("orders"), {"DOMOVOI_TF_NAME": "shop-dev"}) == "shop-dev-orders"


def test_outside_a_deployed_function_a_variable_has_no_value() -> None:
    with pytest.raises(DomovoiError) as raised:
        resolve(variable("orders_table"), {})
    assert str(raised.value) == (
        "DOMOVOI_TF_VAR_orders_table is not in the environment, "
        "so Variable(name='orders_table') has no value here.\n"
        "Terraform sets it in the deployed function. "
        "In a test, give it to Client(app, variables={'orders_table': ...}) of domovoi_tf.testing."
    )


def test_outside_a_deployed_function_a_scoped_name_has_no_value() -> None:
    with pytest.raises(DomovoiError) as raised:
        resolve(scoped("orders"), {})
    assert str(raised.value) == (
        "DOMOVOI_TF_NAME is not in the environment, so Scoped(name='orders') has no value here.\n"
        "Terraform sets it in the deployed function. "
        "In a test, call the handler by domovoi_tf.testing.Client."
    )


@pytest.mark.parametrize(
    "name", ["", "1st", "orders-table", "Orders", "órders", "a b", "${x}", "a\n", None, 5, ("a",)]
)
def test_a_variable_is_named_by_a_lower_case_identifier(name: str) -> None:
    with pytest.raises(ValueError, match=r"^variable\(") as raised:
        variable(name)
    assert str(raised.value) == (
        f"variable({name!r}): expected a lower-case identifier such as 'orders_topic_arn'"
    )


def test_names_compare_by_kind_and_value() -> None:
    assert variable("a") == variable("a")
    assert variable("a") != variable("b")
    assert variable("a") != scoped("a")
    assert variable("a") != "a"
