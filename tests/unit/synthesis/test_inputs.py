"""Tests that functions get the inputs and may start the state machines that they name."""

from __future__ import annotations

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.doctor.project import Finding, list_permissions
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize

MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def handle(event: object, context: object) -> None: ...


def build_app() -> Domovoi:
    app = Domovoi()
    for name in ("billing", "reports"):
        app.function(name)
        app.lambda_function(function=name, name=name)(handle)
    app.lambda_function(name="run")(handle)
    return app


def list_readers(app: Domovoi) -> dict[str, tuple[str, ...]]:
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    return {each.name: each.functions for each in stack.inputs}


def test_functions_get_the_variables_that_name_them_or_no_function() -> None:
    app = build_app()
    app.variable("payment_key", sensitive=True, functions=["billing"])
    app.variable("endpoint", functions=["reports", "default"])
    app.variable("greeting")
    assert list_readers(app) == {
        "endpoint": ("default", "reports"),
        "greeting": ("default", "billing", "reports"),
        "payment_key": ("billing",),
    }


def test_function_gets_the_variables_in_the_names_of_its_sources() -> None:
    app = build_app()
    app.sns_topic_subscriber(app.variable("mine", functions=["billing"]), name="a", function="reports")(
        handle
    )
    app.sns_topic_subscriber(variable("shared"), name="b", function="reports")(handle)
    app.sns_topic_subscriber(scoped("x", form="{name}-{stage}"), name="c", function="reports")(handle)
    assert list_readers(app) == {
        "mine": ("billing", "reports"),
        "shared": ("default", "billing", "reports"),
        "stage": ("default", "billing", "reports"),
    }


def list_started(app: Domovoi) -> dict[str, list[str]]:
    """Returns the state machines that each function may start."""
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    return {
        function.key: [
            resource.rpartition(":")[2].strip('"')
            for statement in function.statements.get("states", ())
            for resource in statement.resources
        ]
        for function in stack.functions
    }


def test_functions_may_start_the_machines_that_they_name_or_all() -> None:
    app = Domovoi(starts=["brew"])
    brew = app.register_state_machine(MACHINE, "brew")
    app.register_state_machine(MACHINE)
    app.function("none", starts=[])
    app.function("one", starts=[brew])
    app.function("unnamed", starts=["default"])
    app.function("all")
    for name in ("none", "one", "unnamed", "all"):
        app.lambda_function(function=name, name=name)(handle)
    app.lambda_function(name="run")(handle)
    found = list_started(app)
    assert sorted(found["all"]) == ["${var.name}", "${var.name}-brew"]
    assert {name: found[name] for name in ("default", "none", "one", "unnamed")} == {
        "default": ["${var.name}-brew"],
        "none": [],
        "one": ["${var.name}-brew"],
        "unnamed": ["${var.name}"],
    }
    assert list(list_permissions(app.freeze())) == [
        Finding("starts", "ok", "may start all state machines: all; `starts=` of app.function restricts them")
    ]


def test_doctor_has_nothing_to_say_without_machines() -> None:
    assert list(list_permissions(build_app().freeze())) == []
