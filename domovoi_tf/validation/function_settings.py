"""Checks the settings of functions against the application."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application, group_by_function
from domovoi_tf.model.declarations import Function, Location, Notice
from domovoi_tf.settings import CONFIG, FunctionSettings, Settings
from domovoi_tf.settings.effective import find_resource_settings, resolve_function_settings
from domovoi_tf.settings.keys import OF_RESOURCES
from domovoi_tf.triggers._queues.keys import CONCERN, find_key_uses, is_known
from domovoi_tf.validation.execution_role import LOG_ACTIONS, find_needs, list_missing_actions
from domovoi_tf.validation.key_permissions import find_missing_key_permissions, index_keys

if TYPE_CHECKING:
    from domovoi_tf.model.trigger import Route
    from domovoi_tf.triggers._queues.keys import KeyUse

_TARGETS = ("dead_letter_queue_target_arn", "on_failure", "on_success")


def check_function_settings(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields problems of the settings of an application's functions.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    yield from _check_function_names(application, settings)
    for where, effective in (
        ("", settings),
        *((f"lambda_functions.{n}.", f) for n, f in settings.functions.items()),
    ):
        yield from _check_fifo_targets(where, effective)
    yield from _check_policy_names(application, settings)
    for function in application.deployed_functions:
        yield from _check_vpc(function, resolve_function_settings(function, settings))
        yield from _check_vpc_removal(function, settings)


def find_setting_warnings(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields notices about permissions and policies that the configured role or policy file lacks.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    routes, keys = group_by_function(application.routes), index_keys(application, settings)
    for function in application.deployed_functions:
        effective = resolve_function_settings(function, settings)
        if effective.iam_role_arn is not None:
            yield from _find_unattached_policies(function, effective)
        elif effective.autogen_policy is False:
            yield from _find_missing_permissions(function, effective, routes[function.name])
        if effective.iam_role_arn is None:
            yield from find_missing_key_permissions(function, effective, keys, settings)
    used = find_resource_settings(application)
    for key in OF_RESOURCES:
        if getattr(settings, key) and key not in used:
            yield _build_notice(f"$.{key} has no effect: the app creates no {key.replace('_', ' ')}")


def find_unused_functions(functions: Iterable[Function], settings: Settings) -> Iterator[Notice]:
    """Yields notices about functions that are not deployed, and about their settings.

    Args:
        functions: the functions without handlers.
        settings: the stage's settings.
    """
    for function in functions:
        key = get_function_key(function.name)
        because = "which is not deployed because it has no handlers"
        if function.name and function.location is not None:
            message = (
                f"the function {key!r} has no handlers, so it is not deployed: pass function={key!r} to a "
                "decorator, or remove the declaration"
            )
            yield Notice(location=function.location, message=message)
        if key in settings.functions:
            path = settings.function_paths.get(key, f"lambda_functions.{key}")
            yield _build_notice(f"{path} has no effect on the function {key!r}, {because}")


def _check_function_names(application: Application, settings: Settings) -> Iterator[Problem]:
    known = [get_function_key(function.name) for function in application.functions]
    # A function that only decorators and the configuration name is one problem: its declaration is missing.
    used = {route.trigger.function for route in application.routes}
    for name in sorted({*settings.functions} - {*known} - used):
        near = difflib.get_close_matches(name, known, 1)
        yield Problem(
            CONFIG,
            f"{settings.function_paths.get(name, f'lambda_functions.{name}')}: the app has no such function",
            f"Did you mean {near[0]}?"
            if near
            else f"It has: {', '.join(known)}. Declare it, or leave this out.",
        )


def _check_policy_names(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields policy names that two policies of a role would have, and those of policies that no role has."""
    known: dict[str, set[str]] = {}
    routes, uses = group_by_function(application.routes), find_key_uses(application.routes)
    for function in application.deployed_functions:
        effective = resolve_function_settings(function, settings)
        names = effective.policy_names or {}
        concerns = known[get_function_key(function.name)] = {
            *_list_concerns(application, effective, routes[function.name], uses.get(function.name, ()))
        }
        first: dict[str, str] = {}
        for concern in sorted(concerns):
            name = names.get(concern, concern)
            if first.setdefault(name, concern) != concern:
                yield Problem(
                    CONFIG,
                    f"policy_names: the policies {first[name]} and {concern} of the function "
                    f"{get_function_key(function.name)!r} would both have the name {name!r}",
                    "Give one of them another name.",
                )
    own = ((f"lambda_functions.{name}.", each.policy_names) for name, each in settings.functions.items())
    for where, given in (("", settings.policy_names), *own):
        key = where.removeprefix("lambda_functions.").removesuffix(".")
        concerns = known.get(key, set()) if where else set().union(*known.values())
        for concern in given or {}:
            if concern not in concerns and (not where or key in known):
                yield Problem(
                    CONFIG,
                    f"{where}policy_names.{concern}: no role has a policy with this name",
                    f"The policies are: {', '.join(sorted(concerns))}.",
                )


def _list_concerns(
    application: Application, effective: FunctionSettings, routes: Iterable[Route], uses: Iterable[KeyUse]
) -> Iterator[str]:
    """Yields the names of the inline policies that the role of a function has by default."""
    yield from ["logs"] if effective.policy is None else ["logs", "user"]
    yield from ["states"] if application.state_machines else []
    yield from (need.concern for need in find_needs(effective))
    for route in routes:
        yield from (grant.concern for grant in route.trigger.grants(route.handler))
    if any(is_known(key) for *_, key in uses):
        yield CONCERN


def _check_fifo_targets(where: str, effective: FunctionSettings) -> Iterator[Problem]:
    """Yields FIFO targets, which Lambda accepts for asynchronous invocations but cannot send to."""
    for key in _TARGETS:
        arn = getattr(effective, key)
        if arn is not None and arn.endswith(".fifo"):
            yield Problem(
                CONFIG,
                f"{where}{key}: {arn!r} is FIFO, but Lambda can send to standard queues and topics only",
                "Use the ARN of a standard queue or topic.",
            )


def _check_vpc(function: Function, effective: FunctionSettings) -> Iterator[Problem]:
    given = {
        "subnet_ids": bool(effective.subnet_ids),
        "security_group_ids": bool(effective.security_group_ids),
    }
    if any(given.values()) and not all(given.values()):
        has, lacks = sorted(given, key=lambda key: not given[key])
        yield Problem(
            CONFIG,
            f"the function {get_function_key(function.name)!r} has {has} but no {lacks}",
            "Set both to connect it to a VPC, or neither.",
        )


def _check_vpc_removal(function: Function, settings: Settings) -> Iterator[Problem]:
    """Yields functions that opt out of the stage's VPC, for which the app's module has no input."""
    own = settings.functions.get(get_function_key(function.name), FunctionSettings())
    if () in (own.subnet_ids, own.security_group_ids) and settings.subnet_ids:
        yield Problem(
            CONFIG,
            f"the function {get_function_key(function.name)!r} cannot opt out of the stage's VPC",
            "Set subnet_ids and security_group_ids for each function in the VPC instead of for the stage.",
        )


def _find_unattached_policies(function: Function, effective: FunctionSettings) -> Iterator[Notice]:
    for what, value in (
        ("policy file", effective.policy),
        ("permissions_boundary", effective.permissions_boundary),
    ):
        if value is not None:
            yield _build_notice(
                f"the role {effective.iam_role_arn} of the function {get_function_key(function.name)!r} is "
                f"used as it is: the {what} is not attached to it"
            )


def _find_missing_permissions(
    function: Function, effective: FunctionSettings, routes: Iterable[Route]
) -> Iterator[Notice]:
    because = "autogen_policy is false, and the policy file does not allow"
    for route in routes:
        granted = [action for grant in route.trigger.grants(route.handler) for action in grant.actions]
        if missing := list_missing_actions(granted, effective.policy):
            what = route.trigger.describe()
            message = f"{route.handler} lacks permissions for {what}: {because} {', '.join(missing)}"
            yield Notice(location=route.location, message=message)
    needed = (("logs", LOG_ACTIONS), *((need.key, need.actions) for need in find_needs(effective)))
    for key, actions in needed:
        if missing := list_missing_actions(actions, effective.policy):
            name = get_function_key(function.name)
            yield _build_notice(
                f"the function {name!r} lacks permissions for {key}: {because} {', '.join(missing)}"
            )


def _build_notice(message: str) -> Notice:
    return Notice(location=Location(file=CONFIG, line=1), message=message)
