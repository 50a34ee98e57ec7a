"""Checks names against the limits of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import (
    DEFAULT_FUNCTION,
    DEFAULT_MACHINE,
    Scoped,
    Variable,
)
from domovoi_tf.model.trigger import Limit, Route, Source, spell
from domovoi_tf.settings import Settings
from domovoi_tf.settings.keys import MEMORY_MB, TIMEOUT_SECONDS
from domovoi_tf.triggers._shared.json_text import MAX_DEPTH, is_too_deep
from domovoi_tf.validation.expanded_names import expand_name, suggest_lower_case

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name


_HANDLER_NAME = re.compile("[A-Za-z_][A-Za-z0-9_-]{0,63}")
FUNCTION = Limit(
    noun="Lambda function name", pattern="[A-Za-z0-9_-]+", max_length=64, allowed="letters, digits, - and _"
)


MACHINE = Limit(
    noun="state machine name", pattern="[A-Za-z0-9_-]+", max_length=80, allowed="letters, digits, - and _"
)


def has_valid_names(route: Route) -> bool:
    """Whether all names are strings, so that routes can be compared. `check_name` reports the others."""
    names = [route.trigger.function, *(name for _, name in route.trigger.names(route.handler))]
    return all(isinstance(getattr(name, "name", name), str) for name in names)


def check_handler_name(route: Route) -> Iterator[Problem]:
    """Yields a problem for a ``name=`` that cannot be part of names in Terraform and on AWS."""
    name = route.trigger.handler_name
    if name is not None and not _HANDLER_NAME.fullmatch(name):
        yield Problem(
            str(route.location),
            f"name is {name!r}",
            "Use a string of 1 to 64 letters, digits, - and _ that begins with a letter or _.",
        )


def check_functions(functions: Sequence[Function], settings: Settings) -> Iterator[Problem]:
    """Yields problems of the names, memory sizes and timeouts of functions."""
    seen: dict[str, str] = {}
    for function in functions[1:]:  # the first one is the default function
        where = str(function.location or "")
        if function.name in seen:
            yield Problem(
                where,
                f"the function {function.name!r} is already declared at {seen[function.name]}",
                "Remove one of the declarations.",
            )
        seen.setdefault(function.name, where)
        if function.name == DEFAULT_FUNCTION:
            yield Problem(
                where, "'default' is the name of the function that every app has", "Choose another name."
            )
        yield from check_name(where, FUNCTION, Scoped(name=function.name), settings)
        yield from _check_range(where, "memory_size", function.memory_size, MEMORY_MB, "MB")
        yield from _check_range(where, "timeout", function.timeout, TIMEOUT_SECONDS, "seconds")


def _check_starts(application: Application) -> Iterator[Problem]:
    machines = [machine.name for machine in application.state_machines]
    for function in application.functions:
        for name in function.starts or ():
            if name not in machines:
                where = str(function.location or "")
                yield Problem(
                    where,
                    f"starts of the function {function.name or DEFAULT_FUNCTION!r} has {name!r}, which is "
                    "not a state machine of the app",
                    f"The app has {', '.join(map(repr, machines)) or 'none'}; the one without a name is "
                    f"{DEFAULT_MACHINE!r}.",
                )


def check_state_machines(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields problems of state machines, of their names, and of functions that start them."""
    yield from _check_starts(application)
    seen: dict[str, str] = {}
    for machine in application.state_machines:
        where = str(machine.location)
        if machine.name in seen:
            unnamed = machine.name == DEFAULT_MACHINE
            yield Problem(
                where,
                f"the state machine {'without a name' if unnamed else repr(machine.name)} "
                f"is already declared at {seen[machine.name]}, with another definition",
                "Give one of them a name." if unnamed else "Give one of them another name.",
            )
            continue
        seen[machine.name] = where
        if machine.name != DEFAULT_MACHINE:
            yield from check_name(where, MACHINE, Scoped(name=machine.name), settings)
        yield from check_representable(where, "policy", machine.policy)
        # Only apps with a machine wait for this import.
        from domovoi_tf.state_machines.problems import check_state_machine

        yield from check_state_machine(machine, application)


def _check_range(where: str, what: str, value: int | None, allowed: range, unit: str) -> Iterator[Problem]:
    if value is not None and value not in allowed:
        yield Problem(where, f"{what} is {value!r}", f"Lambda accepts {allowed[0]} to {allowed[-1]} {unit}.")


def check_representable(where: str, argument: str, value: object) -> Iterator[Problem]:
    """Yields a problem for a value that Terraform cannot represent."""
    if value is None or isinstance(value, bool):
        return
    if type(value) is str and value.isascii() and "\0" not in value:
        return
    if is_too_deep(value):
        yield Problem(
            where,
            f"{argument}: a value is nested more than {MAX_DEPTH} levels deep",
            "Flatten it, and make sure that it does not contain itself.",
        )
        return
    try:
        hcl(_remove_names(value))
    except RenderError as error:
        yield Problem(where, f"{argument}: {error.message.rstrip('.')}", error.remedy)


def check_name(
    where: str,
    limit: Limit,
    name: Name,
    settings: Settings,
    advice: str = "",
    has_arn: bool = False,
) -> Iterator[Problem]:
    """Yields a problem for a name that AWS would reject.

    Args:
        where: the line of the declaration.
        limit: the constraints of the name.
        name: the name.
        settings: the stage's settings, whose names begin scoped names.
        advice: how to shorten the name.
        has_arn: whether a variable in place of the name may have this ARN.
    """
    if isinstance(name, Variable):
        return
    own, whole = name.name if isinstance(name, Scoped) else name, expand_name(name, settings)
    if own.startswith("arn:") and ":" not in limit.allowed:
        short = _extract_name(own)
        remedy = f"Write {short!r}" if re.fullmatch(limit.pattern, short) else "Use the name"
        either = ', or pass the ARN from Terraform with variable("...")' if has_arn else ""
        yield Problem(where, f"{own!r} is an ARN, but a name is expected", f"{remedy}{either}.")
    elif (short := _extract_url_name(own)) and re.fullmatch(limit.pattern, short):
        yield Problem(where, f"{own!r} is a URL, but a name is expected", f"Write {short!r}.")
    elif not _has_form(name) and not re.fullmatch(limit.pattern, own):
        remedy = f"{suggest_lower_case(limit, name, settings)}Use {limit.allowed} only."
        yield Problem(where, f"{own!r} is not a valid {limit.noun}", remedy)
    elif not re.fullmatch(limit.whole_pattern or limit.pattern, whole):
        names = "name of the stage" if _has_form(name) else "names of the app and the stage"
        remedy = f"Use {limit.allowed} only, also in the {names}, which it contains."
        yield Problem(
            where,
            f"{spell(name)} is {whole!r}, which is not a valid {limit.noun}",
            suggest_lower_case(limit, name, settings) + remedy,
        )
    elif part := next((each for each in limit.reserved if fnmatchcase(whole, each)), None):
        end = "begins" if part.endswith("*") else "ends"
        yield Problem(
            where,
            f"the {limit.noun} {whole!r} {end} with {part.strip('*')!r}, which AWS reserves",
            "Choose another name.",
        )
    elif len(whole) > limit.max_length:
        yield Problem(
            where,
            f"the {limit.noun} {whole!r} has {len(whole)} characters",
            f"AWS allows at most {limit.max_length}.{advice}",
        )
    elif len(whole) < limit.min_length:
        yield Problem(
            where,
            f"the {limit.noun} {whole!r} has {len(whole)} characters",
            f"AWS requires at least {limit.min_length}.",
        )


def _has_form(name: Name) -> bool:
    """Whether a name has a form of its own, so that only the whole name must be valid."""
    return isinstance(name, Scoped) and bool(name.form)


def takes_arn(route: Route, name: object) -> bool:
    """Whether a variable in place of a name may have the ARN that the app has there."""
    if not (isinstance(name, str) and name.startswith("arn:")):
        return False
    values, variable = route.trigger.to_dict(), Variable(name="arn")
    fields: dict[str, Any] = {key: variable if value == name else value for key, value in values.items()}
    changed: dict[str, Any] = {**route.to_dict(), "trigger": type(route.trigger)(**fields)}
    patterns = [pattern for used, pattern, _ in find_variables(Route(**changed)) if used == variable]
    return any(re.search(pattern, name) for pattern in patterns)


def _extract_url_name(url: str) -> str:
    """Returns the name of a queue or of a bucket from its URL; empty for any other text."""
    match = re.fullmatch(r"https?://\S*/([^/\s]+)|s3://([^/\s]+)\S*", url)
    return (match[1] or match[2]) if match else ""


def _extract_name(arn: str) -> str:
    """Returns the name of a resource from its ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    kind, _, rest = arn.split(":", 5)[-1].removesuffix(":*").partition(":")
    # log-group:/a/b has its name after the colon, and event-bus/central after the slash; photos is a bucket.
    return rest or kind.partition("/")[2] or kind


def _remove_names(value: object) -> object:
    """Returns a value with None in place of the names that Terraform supplies."""
    if isinstance(value, (Scoped, Variable, Source)):
        return None
    if isinstance(value, Mapping):
        return {key: _remove_names(item) for key, item in value.items()}
    return [_remove_names(item) for item in value] if isinstance(value, (list, tuple)) else value
