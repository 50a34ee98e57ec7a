"""What is wrong, or probably not meant, between an app and the settings of its functions."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Location, Notice
from domovoi_tf.settings import CONFIG, FunctionSettings, Settings
from domovoi_tf.settings.effective import effective
from domovoi_tf.validation.execution_role import needs

_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_TARGETS = ("dead_letter_queue_target_arn", "on_failure", "on_success")


def problems(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields what an app's functions and their settings have wrong together.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    yield from _unknown(application.functions, settings)
    for where, said in (
        ("", settings),
        *((f"lambda_functions.{n}.", f) for n, f in settings.functions.items()),
    ):
        yield from _fifo(where, said)
    for function in application.functions:
        yield from _half_a_vpc(function, effective(function, settings))
        yield from _taken_out(function, settings)


def warnings(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields the triggers and settings whose permissions the configuration withholds.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    for function in application.functions:
        said = effective(function, settings)
        if said.iam_role_arn is not None:
            yield from _unattached(function, said)
        elif said.autogen_policy is False:
            yield from _starved(function, said, application)


def _unknown(functions: Iterable[Function], settings: Settings) -> Iterator[Problem]:
    known = [get_function_key(function.name) for function in functions]
    for name in sorted(set(settings.functions) - set(known)):
        near = difflib.get_close_matches(name, known, 1)
        yield Problem(
            CONFIG,
            f"{settings.function_paths.get(name, f'lambda_functions.{name}')}: the app has no such function",
            f"Did you mean {near[0]}?"
            if near
            else f"It has: {', '.join(known)}. Declare it, or leave this out.",
        )


def _fifo(where: str, said: FunctionSettings) -> Iterator[Problem]:
    """Finds what Lambda accepts as a target of asynchronous invocations and then cannot send to."""
    for key in _TARGETS:
        arn = getattr(said, key)
        if arn is not None and arn.endswith(".fifo"):
            yield Problem(
                CONFIG,
                f"{where}{key}: {arn!r} is FIFO, and Lambda sends to standard queues and topics only",
                "Give the ARN of a standard queue or topic.",
            )


def _half_a_vpc(function: Function, said: FunctionSettings) -> Iterator[Problem]:
    given = {"subnet_ids": bool(said.subnet_ids), "security_group_ids": bool(said.security_group_ids)}
    if any(given.values()) and not all(given.values()):
        has, lacks = sorted(given, key=lambda key: not given[key])
        yield Problem(
            CONFIG,
            f"the function {get_function_key(function.name)!r} has {has} and no {lacks}",
            "Give both to connect it to a VPC, or neither.",
        )


def _taken_out(function: Function, settings: Settings) -> Iterator[Problem]:
    """Finds a function that says it is in no VPC: the app's input has no value for that."""
    own = settings.functions.get(get_function_key(function.name), FunctionSettings())
    if () in (own.subnet_ids, own.security_group_ids) and settings.subnet_ids:
        yield Problem(
            CONFIG,
            f"the function {get_function_key(function.name)!r} cannot be taken out of the stage's VPC",
            "Give subnet_ids and security_group_ids to the functions that are to be in it, not to the stage.",
        )


def _unattached(function: Function, said: FunctionSettings) -> Iterator[Notice]:
    for what, value in (("policy file", said.policy), ("permissions_boundary", said.permissions_boundary)):
        if value is not None:
            yield _notice(
                f"the role {said.iam_role_arn} of the function {get_function_key(function.name)!r} is used "
                f"as it "
                f"is: the {what} is not attached to it"
            )


def _starved(function: Function, said: FunctionSettings, application: Application) -> Iterator[Notice]:
    because = "autogen_policy is off, and the policy file does not allow"
    for route in application.routes:
        if route.trigger.function == function.name:
            granted = [action for grant in route.trigger.grants(route.handler) for action in grant.actions]
            if missing := _missing(granted, said.policy):
                what = route.trigger.describe()
                message = f"{route.handler} is starved of {what}: {because} {', '.join(missing)}"
                yield Notice(location=route.location, message=message)
    for key, actions in (("logs", _LOGS), *((need.key, need.actions) for need in needs(said))):
        if missing := _missing(actions, said.policy):
            name = get_function_key(function.name)
            yield _notice(f"the function {name!r} is starved of {key}: {because} {', '.join(missing)}")


def _notice(message: str) -> Notice:
    return Notice(location=Location(file=CONFIG, line=1), message=message)


def _missing(actions: Iterable[str], policy: str | None) -> list[str]:
    """Returns the actions that a policy does not allow on anything; which resources it names is not judged.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    statements = json.loads(policy).get("Statement", []) if policy else []
    statements = statements if isinstance(statements, list) else [statements]
    allowing = [each for each in statements if each.get("Effect") == "Allow"]
    return sorted({action for action in actions if not any(_allows(each, action) for each in allowing)})


def _allows(statement: dict[str, object], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement.get("Action", []), action)


def _matches(patterns: object, action: str) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    # Only * and ? are wildcards to IAM, which does not know the brackets of fnmatch.
    return any(fnmatchcase(action.lower(), str(each).lower().replace("[", "[[]")) for each in listed)
