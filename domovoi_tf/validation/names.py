"""Checks names against the limits of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import DEFAULT_FUNCTION, Scoped, Variable
from domovoi_tf.model.trigger import Limit, Route, Source
from domovoi_tf.settings import Settings
from domovoi_tf.settings.keys import MEMORY_MB, TIMEOUT_SECONDS
from domovoi_tf.state_machines import problems as asl_problems
from domovoi_tf.triggers._shared.json_text import MAX_DEPTH, is_too_deep

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name


FUNCTION = Limit(
    noun="Lambda function name", pattern="[A-Za-z0-9_-]+", max_length=64, allowed="letters, digits, - and _"
)


MACHINE = Limit(
    noun="state machine name", pattern="[A-Za-z0-9_-]+", max_length=80, allowed="letters, digits, - and _"
)


def _is_named(route: Route) -> bool:
    """Whether all names are texts, so that routes can be compared; `_of_name` reports what is not."""
    names = [route.trigger.function, *(name for _, name in route.trigger.names(route.handler))]
    return all(isinstance(getattr(name, "name", name), str) for name in names)


def _of_functions(functions: Iterable[Function], settings: Settings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for function in functions:
        where = str(function.location or "")
        if function.location is None:
            continue
        if function.name in seen:
            yield Problem(
                where, f"the function {function.name!r} is declared at {seen[function.name]} too", "Keep one."
            )
        seen.setdefault(function.name, where)
        if function.name == DEFAULT_FUNCTION:
            yield Problem(where, "'default' is the name of the app's own function", "Choose another name.")
        yield from _of_name(where, FUNCTION, Scoped(name=function.name), settings)
        yield from _out_of_range(where, "memory_size", function.memory_size, MEMORY_MB, "MB")
        yield from _out_of_range(where, "timeout", function.timeout, TIMEOUT_SECONDS, "seconds")


def _of_machines(application: Application, settings: Settings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for machine in application.state_machines:
        where = str(machine.location)
        name: object = machine.name
        if not isinstance(name, str):
            yield Problem(where, f"the name of the state machine is {name!r}", "Give a string.")
            continue
        if machine.name in seen:
            unnamed = machine.name == DEFAULT_FUNCTION
            yield Problem(
                where,
                f"the state machine {'without a name' if unnamed else repr(machine.name)} "
                f"is declared at {seen[machine.name]} too, with another definition",
                "Give one of them a name, or another one.",
            )
            continue
        seen[machine.name] = where
        if machine.name != DEFAULT_FUNCTION:
            yield from _of_name(where, MACHINE, Scoped(name=machine.name), settings)
        yield from _unprintable(where, "policy", machine.policy)
        yield from asl_problems.check_state_machine(machine, application)


def _out_of_range(where: str, what: str, value: int | None, allowed: range, unit: str) -> Iterator[Problem]:
    if value is not None and not (type(value) is int and value in allowed):
        yield Problem(where, f"{what} is {value!r}", f"Lambda takes {allowed[0]} to {allowed[-1]} {unit}.")


def _unprintable(where: str, argument: str, value: object) -> Iterator[Problem]:
    if is_too_deep(value):
        yield Problem(
            where,
            f"{argument}: a value is nested more than {MAX_DEPTH} levels deep",
            "Flatten it, and make sure that it does not contain itself.",
        )
        return
    try:
        hcl(_without_names(value))
    except RenderError as error:
        yield Problem(where, f"{argument}: {error.message.rstrip('.')}", error.remedy)


def _of_name(where: str, limit: Limit, name: Name, settings: Settings) -> Iterator[Problem]:
    if isinstance(name, Variable):
        return
    own: object = name.name if isinstance(name, Scoped) else name
    if not isinstance(own, str):
        yield Problem(where, f"the {limit.noun} is {own!r}", "Give a string, scoped() or variable().")
        return
    whole = f"{settings.name}-{own}" if isinstance(name, Scoped) else own
    if own.startswith("arn:"):
        yield Problem(
            where,
            f"{own!r} is an ARN where a name is meant",
            'Give the name, or pass the ARN from Terraform with variable("...").',
        )
    elif not re.fullmatch(limit.pattern, own):
        yield Problem(where, f"{own!r} is not a valid {limit.noun}", f"Use {limit.allowed} only.")
    elif len(whole) > limit.max_length:
        yield Problem(
            where,
            f"the {limit.noun} {whole!r} has {len(whole)} characters",
            f"AWS takes at most {limit.max_length}.",
        )
    elif len(whole) < limit.min_length:
        yield Problem(
            where,
            f"the {limit.noun} {whole!r} has {len(whole)} characters",
            f"AWS takes at least {limit.min_length}.",
        )


def _without_names(value: object) -> object:
    """Returns a value with nothing in the place of what Terraform supplies."""
    if isinstance(value, (Scoped, Variable, Source)):
        return None
    if isinstance(value, Mapping):
        return {key: _without_names(item) for key, item in value.items()}
    return [_without_names(item) for item in value] if isinstance(value, (list, tuple)) else value
