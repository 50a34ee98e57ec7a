"""Resolves the effective settings of a function, and the settings of resources that apply to an app."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import Trigger
from domovoi_tf.settings import FunctionSettings, Settings


def get_declared_settings(function: Function) -> dict[str, int]:
    """Returns the settings that the app declares for a function: memory in MB, timeout in seconds."""
    declared = {"memory_size": function.memory_size, "timeout": function.timeout}
    return {name: value for name, value in declared.items() if value is not None}


def resolve_function_settings(function: Function, settings: Settings) -> FunctionSettings:
    """Returns the effective settings of a function: the nearest of configuration, app and stage.

    Args:
        function: the function, as the app declares it.
        settings: the stage's settings.
    """
    own = settings.functions.get(get_function_key(function.name), FunctionSettings())
    levels = (vars(own), get_declared_settings(function), vars(settings))
    nearest: dict[str, Any] = {
        each.name: next((level[each.name] for level in levels if level.get(each.name) is not None), None)
        for each in fields(FunctionSettings)
    }
    merged = {
        name: {**getattr(settings, name), **getattr(own, name)} for name in ("environment_variables", "tags")
    }
    return FunctionSettings(**{**nearest, **merged})


def find_role_owners(application: Application) -> dict[str, tuple[str, ...]]:
    """Returns the names of state machines and of handlers of schedules that have a role, sorted, by key.

    Args:
        application: the application that the decorators declare.
    """
    handlers = {each.handler for each in application.routes if each.trigger.setting == "schedules"}
    owners = {"schedules": handlers, "state_machines": {each.name for each in application.state_machines}}
    return {key: tuple(sorted(names)) for key, names in owners.items() if names}


def find_resource_settings(application: Application) -> tuple[str, ...]:
    """Returns the keys with settings of resources of which the app creates some, sorted.

    Args:
        application: the application that the decorators declare.
    """
    used = {route.trigger.setting for route in application.routes}
    if application.state_machines:
        used.add("state_machines")
    by_class: dict[type[Trigger], dict[str, str]] = {}
    for route in application.routes:
        trigger_class = type(route.trigger)
        if trigger_class not in by_class:
            by_class[trigger_class] = {each.type: each.setting for each in trigger_class.resource_types()}
        settings = by_class[trigger_class]
        used |= {
            settings.get(source.type, "")
            for source in route.list_sources()
            if source.owned and not isinstance(source.name, Variable)
        }
    return tuple(sorted(used - {""}))
