"""Reports existing roles that nothing uses, and roles that an app without roles of its own still creates."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location, Notice
from domovoi_tf.settings import CONFIG, Settings
from domovoi_tf.settings.effective import find_role_owners, resolve_function_settings

_NOUNS = {"schedules": "schedule of EventBridge Scheduler", "state_machines": "state machine"}


def find_role_warnings(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields notices about existing roles of state machines and schedules.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    owners = find_role_owners(application)
    for key, roles in sorted(settings.existing_roles.items()):
        known = owners.get(key, ())
        for name in sorted({*roles} - {*known}):
            has = f"the app has {', '.join(known)}" if known else "the app has none"
            yield _build_notice(
                f"$.existing_roles.{key}.{name} has no effect: no {_NOUNS[key]} {name}; {has}"
            )
    functions = application.deployed_functions
    if functions and all(resolve_function_settings(each, settings).iam_role_arn for each in functions):
        for key, names in owners.items():
            for name in names:
                if name not in settings.existing_roles.get(key, {}):
                    yield _build_notice(
                        f"manage_iam_role is false, but the app creates a role for the {_NOUNS[key]} {name}: "
                        f"set existing_roles.{key}.{name} to use a role that exists"
                    )


def _build_notice(message: str) -> Notice:
    return Notice(location=Location(file=CONFIG, line=1), message=message)
