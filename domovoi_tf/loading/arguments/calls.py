"""Compares the arguments of calls with the parameters of the called functions, and their annotated types."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from domovoi_tf import Domovoi
from domovoi_tf.loading.arguments.types import Finding, find_wrong_value, hide_secret
from domovoi_tf.model.declarations import Location

#: The remedies for wrong values of an app's methods, by argument. Modules of kinds have their own.
_REMEDIES = {
    "memory_size": "Use a whole number of MB.",
    "timeout": "Use a whole number of seconds.",
    "definition": 'Use a dict: {"StartAt": "First", "States": {"First": {...}}}, or the path of a file.',
    "policy": 'Use a list: [{"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": ["arn:..."]}].',
}


class Call(NamedTuple):
    """A call that declares a part of an app."""

    location: Location
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


class Wrong(NamedTuple):
    """A wrong argument: its name, or an empty one if the function has no such argument."""

    argument: str
    message: str
    remedy: str


@cache
def list_parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Returns the parameters that users pass to a function, by name."""
    parameters = inspect.signature(function).parameters
    return {name: each for name, each in parameters.items() if name != "self"}


class _Names(NamedTuple):
    """The names of a function's parameters: positional ones, and all that it lists; whether it has others."""

    positional: tuple[str, ...]
    known: tuple[str, ...]
    has_others: bool


@cache
def _list_names(function: Callable[..., Any]) -> _Names:
    parameters = list_parameters(function).values()
    known = tuple(each.name for each in parameters if each.kind is not each.VAR_KEYWORD)
    positional = tuple(each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD)
    return _Names(positional, known, len(known) < len(parameters))


def find_wrong_arguments(call: Call) -> list[Wrong]:
    """Returns everything that is wrong with the arguments of a call."""
    if len(call.args) == 1 and callable(call.args[0]) and not call.kwargs and _is_decorator(call):
        name = call.function.__name__
        message = f"{name} needs parentheses: write @app.{name}(...)"
        return [Wrong("", message, _list_arguments(call))]
    return [*_check_names(call), *_check_values(call)]


def select_arguments(call: Call) -> dict[str, Any]:
    """Returns the arguments of a call that the function has, by name, without wrong values."""
    wrong = {each.argument for each in find_wrong_arguments(call)}
    return {name: value for name, value in name_arguments(call).items() if name not in wrong}


def name_arguments(call: Call) -> dict[str, Any]:
    """Returns the arguments of a call that the function has, by name."""
    parameters, names = list_parameters(call.function), _list_names(call.function)
    named = {name: value for name, value in call.kwargs.items() if names.has_others or name in parameters}
    return {**dict(zip(names.positional, call.args, strict=False)), **named}


def _list_arguments(call: Call) -> str:
    return f"Its arguments are {', '.join(_list_names(call.function).known)}."


def _is_decorator(call: Call) -> bool:
    return call.function.__module__ != Domovoi.__module__ or call.function.__name__ == "middleware"


def _check_names(call: Call) -> Iterator[Wrong]:
    name, parameters = f"app.{call.function.__name__}", list_parameters(call.function)
    (positional, known, _), given = _list_names(call.function), name_arguments(call)
    remedy = _list_arguments(call)
    if len(call.args) > len(positional):
        message = f"{name} takes {len(positional)} positional arguments, but got {len(call.args)}"
        yield Wrong("", message, f"Name the others. {remedy}")
    for each in call.kwargs:
        if each not in given:
            near = get_close_matches(each, known, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            yield Wrong("", f"{name} has no argument {each}", f"{hint}{remedy}")
        elif each in positional[: len(call.args)]:
            yield Wrong("", f"{name} has two values for {each}", "Remove one of them.")
    for argument in known:
        if parameters[argument].default is inspect.Parameter.empty and argument not in given:
            yield Wrong(argument, f"{name} needs the argument {argument}", remedy)


def _check_values(call: Call) -> Iterator[Wrong]:
    parameters = list_parameters(call.function)
    module = vars(sys.modules[call.function.__module__])
    remedies: Mapping[str, str] = module.get("REMEDIES", _REMEDIES)
    given = name_arguments(call)
    for name, value in given.items():
        annotation = parameters[name].annotation if name in parameters else "Any"
        if found := find_wrong_value(value, annotation):
            if name == "default" and type(given.get("name")) is str:
                found = hide_secret(given["name"], found)
            message, remedy = spell_finding(name, found, remedies.get(name, "") if not found.path else "")
            yield Wrong(name, message, remedy)


def spell_finding(argument: str, found: Finding, own_remedy: str = "") -> tuple[str, str]:
    """Returns the message and the remedy for a wrong value of an argument.

    Args:
        argument: the name of the argument.
        found: the wrong value.
        own_remedy: the remedy that the argument has for a value of a wrong type; empty if it has none.
    """
    if not found.expected:
        return f"{argument}: a value is {found.value}", (
            "Flatten it, and make sure that it does not contain itself."
        )
    hint = f" {found.hint}" if found.hint else ""
    return f"{argument}{found.path} is {found.value}", own_remedy or f"Use {found.expected}.{hint}"
