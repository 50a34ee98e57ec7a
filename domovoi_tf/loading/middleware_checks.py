"""Checks the middleware of an app: its kinds, and whether it can be called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from domovoi_tf import Domovoi
from domovoi_tf.loading.arguments.spelling import get_name, spell_value
from domovoi_tf.model.declarations import Fault, Notice
from domovoi_tf.runtime.calls import find_receiver, list_layers
from domovoi_tf.runtime.middleware import ALIASES, ALL, takes_context

#: Kinds of handlers that only Chalice has.
_CHALICE_ONLY = ("websocket",)
_PARAMETERS = "(event, get_response)"


def list_event_types() -> list[str]:
    """Returns the names of the kinds of handlers that middleware can be for."""
    kinds = (getattr(decorator, "kind", "") for decorator in vars(Domovoi).values())
    return [ALL, *sorted(filter(None, kinds)), *sorted(ALIASES)]


def find_middleware_faults(app: Any) -> Iterator[Fault]:
    """Yields a fault for each middleware of an app that would never be called, or that cannot be called.

    Args:
        app: the `Domovoi` object.
    """
    for function, event_type, location in _list_declared(app):
        for message, remedy in (*_check_event_type(event_type), *_check_function(function)):
            yield Fault(location=location, message=message, remedy=remedy)


def find_middleware_notices(app: Any) -> Iterator[Notice]:
    """Yields a notice for each middleware whose third parameter would receive the context by mistake.

    Args:
        app: the `Domovoi` object.
    """
    for function, _, location in _list_declared(app):
        third = _list_positional(find_receiver(function, function))[2:3]
        for parameter in third:
            has_value = parameter.default is not parameter.empty and parameter.default is not None
            if has_value and "context" not in parameter.name:
                yield Notice(
                    location=location,
                    message=f"{parameter.name} of the middleware {_get_name(function)} receives the context: "
                    f"make it keyword-only: {_PARAMETERS[:-1]}, *, {parameter.name}=...)",
                )


def _list_declared(app: Any) -> list[tuple[Any, str, Any]]:
    return app._chain.declared if app._chain else []


def _check_event_type(event_type: str) -> Iterator[tuple[str, str]]:
    known = list_event_types()
    if event_type in known:
        return
    near = [] if event_type in _CHALICE_ONLY else get_close_matches(event_type, known, 1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    yield (
        f"event_type is {spell_value(event_type)}, which is not a kind of handler",
        f"{hint}Use one of: {', '.join(known)}.",
    )


def _check_function(function: Any) -> Iterator[tuple[str, str]]:
    name = _get_name(function)
    if isinstance(function, type):
        yield (
            f"the middleware {name} is a class, and calling it only creates an object",
            f"Register an object of it: app.register_middleware({name}(...)).",
        )
        return
    functions = [
        each
        for layer in list_layers(function)
        for each in (layer, getattr(type(layer), "__call__", None))  # noqa: B004 - of an object
    ]
    if any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in functions):
        yield (
            f"the middleware {name} is a generator function, whose code runs only when its values are "
            "requested",
            "Write response = get_response(event) instead of yield, and return the response.",
        )
        return
    arguments = [None] * (3 if takes_context(function) else 2)
    try:
        inspect.signature(function, follow_wrapped=False).bind(*arguments)
    except TypeError:
        hint = _hint_at_decorator(function)
        yield (
            f"the middleware {name} can be called neither with {_PARAMETERS} nor with "
            f"{_PARAMETERS[:-1]}, context)",
            f"Write def {name if inspect.isfunction(function) else 'middleware'}{_PARAMETERS}.{hint}",
        )
    except ValueError:  # a function that is written in C
        return


def _hint_at_decorator(function: Any) -> str:
    if len(_list_positional(function)) > 1:
        return ""
    return " If it is a decorator of handlers, write app.register_middleware(ConvertToMiddleware(...))."


def _list_positional(function: Any) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return []
    return [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]


def _get_name(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return name if type(name) is str and name.isidentifier() else get_name(type(function))
