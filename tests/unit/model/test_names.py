"""The names that ``variable()`` and ``scoped()`` refer to, resolved from a function's environment."""

from __future__ import annotations

import pytest

from domovoi_tf import DomovoiError, scoped, variable
from domovoi_tf.model.names import resolve
from domovoi_tf.model.trigger import spell


def test_literal_name_resolves_to_itself() -> None:
    assert resolve("bartender", {}) == "bartender"


def test_str_of_variable_is_the_value_passed_to_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_orders_table", "orders-7f3")
    assert str(variable("orders_table")) == "orders-7f3"


def test_str_of_scoped_name_begins_with_app_and_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "shop-prod")
    assert f"{scoped('orders')}" == "shop-prod-orders"


def test_explicit_environment_takes_precedence_over_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "shop-prod")
    assert resolve(scoped("orders"), {"DOMOVOI_TF_NAME": "shop-dev"}) == "shop-dev-orders"


def test_variable_has_no_value_outside_a_deployed_function() -> None:
    with pytest.raises(DomovoiError) as raised:
        resolve(variable("orders_table"), {})
    assert str(raised.value) == (
        "variable('orders_table') has no value: DOMOVOI_TF_VAR_orders_table is not in the environment.\n"
        "Terraform sets it in deployed functions. "
        "In a test, pass it to domovoi_tf.testing.Client(app, variables={'orders_table': ...})."
    )


def test_scoped_name_has_no_value_outside_a_deployed_function() -> None:
    with pytest.raises(DomovoiError) as raised:
        resolve(scoped("orders"), {})
    assert str(raised.value) == (
        "scoped('orders') has no value: DOMOVOI_TF_NAME is not in the environment.\n"
        "Terraform sets it in deployed functions. "
        "In a test, call the handler through domovoi_tf.testing.Client."
    )


@pytest.mark.parametrize(
    ("form", "full_name"),
    [
        ("{name}-{stage}", "orders-prod"),
        ("{stage}_{name}", "prod_orders"),
        ("/shop/{stage}/{name}.fifo", "/shop/prod/orders.fifo"),
    ],
)
def test_scoped_name_with_a_form_has_the_stage_in_its_place(
    form: str, full_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_stage", "prod")
    assert str(scoped("orders", form=form)) == full_name
    assert spell(scoped("orders", form=form)) == f"scoped('orders', form={form!r})"


def test_name_with_a_form_has_no_value_if_terraform_passes_no_stage() -> None:
    with pytest.raises(DomovoiError) as raised:
        resolve(scoped("orders", form="{name}-{stage}"), {"DOMOVOI_TF_NAME": "shop-dev"})
    assert str(raised.value) == (
        "scoped('orders') has no value: DOMOVOI_TF_VAR_stage is not in the environment.\n"
        "Terraform sets it in deployed functions if a decorator has a name with form=. "
        "In a test, call the handler through domovoi_tf.testing.Client."
    )


@pytest.mark.parametrize(
    "form",
    [
        "orders",
        "{name}",
        "{stage}",
        "{name}{name}",
        "{name}-{stage}-{stage}",
        "{name}{stage}{app}",
        "{name!r}{stage}",
        "{name}{stage}}",
        "{{name}}{stage}",
        5,
    ],
)
def test_scoped_rejects_forms_without_exactly_name_and_stage(form: str) -> None:
    with pytest.raises(ValueError, match=r"^scoped\(") as raised:
        scoped("orders", form=form)
    assert str(raised.value) == (
        f"scoped('orders', form={form!r}): use {{name}} and {{stage}} once each, as in '{{name}}-{{stage}}'"
    )


def test_representation_of_a_scoped_name_does_not_change() -> None:
    assert repr(scoped("orders")) == "Scoped(name='orders')"
    assert repr(scoped("orders", form="{name}{stage}")) == "Scoped(name='orders', form='{name}{stage}')"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1st",
        "orders-table",
        "Orders",
        "órders",
        "a b",
        "${x}",
        "a\n",
        "_a",
        "a_",
        "a__b",
        None,
        5,
        ("a",),
    ],
)
def test_variable_rejects_names_that_are_not_lower_case_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match=r"^variable\(") as raised:
        variable(name)
    assert str(raised.value) == (
        f"variable({name!r}): use lower-case letters and digits, with single _ between, "
        "as in 'orders_topic_arn'"
    )


def test_names_compare_by_kind_and_value() -> None:
    assert variable("a") == variable("a")
    assert variable("a") != variable("b")
    assert variable("a") != scoped("a")
    assert variable("a") != "a"
    assert scoped("a") != scoped("a", form="{name}-{stage}")
