"""Existing roles of state machines and schedules are passed to the app's module, or reported."""

from __future__ import annotations

from typing import Any

from domovoi_tf import Domovoi
from domovoi_tf.model.application import Application
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.effective import find_role_owners
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.validation.application import find_warnings

ROLE = "arn:aws:iam::123456789012:role/shared"
MACHINE = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}


def tick(event: object, context: object) -> None: ...


def sweep(event: object, context: object) -> None: ...


def brew(event: object, context: object) -> None: ...


def build_app() -> Application:
    """Returns an app with a machine, a schedule of EventBridge Scheduler, and a rule, which has no role."""
    app = Domovoi()
    app.scheduled_function("at(2030-01-01T00:00:00)")(tick)
    app.scheduled_function("rate(1 day)", function="nights")(sweep)
    app.function("nights")
    app.step_function_task("Brew", MACHINE)(brew)
    return app.freeze()


def get_warnings(application: Application, **more: Any) -> list[str]:
    notices = find_warnings(application, Settings(app_name="bar", stage="dev", **more))
    return [f"{notice.location}: {notice.message}" for notice in notices]


def test_roles_that_are_still_created_are_reported_with_their_keys() -> None:
    start = ".chalice/config.json:1: manage_iam_role is false, but the app creates a role for the"
    end = "to use a role that exists"
    assert get_warnings(build_app(), iam_role_arn=ROLE) == [
        f"{start} schedule of EventBridge Scheduler tick: set existing_roles.schedules.tick {end}",
        f"{start} state machine default: set existing_roles.state_machines.default {end}",
    ]
    given = {"schedules": {"tick": ROLE}, "state_machines": {"default": ROLE}}
    assert get_warnings(build_app(), iam_role_arn=ROLE, existing_roles=given) == []


def test_created_roles_are_not_reported_if_a_function_has_one_too() -> None:
    own = {"default": FunctionSettings(iam_role_arn=ROLE)}
    assert get_warnings(build_app(), functions=own) == []
    assert get_warnings(build_app()) == []


def test_unknown_names_are_reported_and_not_passed() -> None:
    given = {"schedules": {"tick": ROLE, "sweep": ROLE}, "state_machines": {"ale": ROLE}}
    start = ".chalice/config.json:1: $.existing_roles"
    assert get_warnings(build_app(), existing_roles=given) == [
        f"{start}.schedules.sweep has no effect: no schedule of EventBridge Scheduler sweep; "
        "the app has tick",
        f"{start}.state_machines.ale has no effect: no state machine ale; the app has default",
    ]
    stage = synthesize(build_app(), Settings(app_name="bar", stage="dev", existing_roles=given)).stage
    assert stage.arguments["existing_roles"] == {"schedules": {"tick": ROLE}}


def test_app_without_such_roles_has_no_input() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)")(sweep)
    given = {"state_machines": {"ale": ROLE}}
    assert get_warnings(app.freeze(), existing_roles=given) == [
        ".chalice/config.json:1: $.existing_roles.state_machines.ale has no effect: no state machine ale; "
        "the app has none"
    ]
    assert find_role_owners(app.freeze()) == {}
    stage = synthesize(app.freeze(), Settings(app_name="bar", stage="dev", existing_roles=given)).stage
    assert "existing_roles" not in stage.arguments
