"""Checks whether Lambda can call the handlers of an app as they are declared.

The child process that imports the app runs this, so it needs nothing but the standard library.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from types import FunctionType
from typing import Any

import domovoi_tf
from domovoi_tf.loading.decorators import find_decorators_above
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, Notice
from domovoi_tf.model.trigger import Route
from domovoi_tf.runtime.calls import count_parameters, find_receiver, list_layers, takes_context
from domovoi_tf.runtime.handlers import find_module, is_plain

#: A route, its handler as an object, and the function that gives the handler its name.
Handler = tuple[Route, Any, Any]
_OWNERS = ("self", "cls")
_ARGUMENTS = (1, 2)
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_MIDDLEWARE = "domovoi_tf.runtime.middleware"


def check_app(app: domovoi_tf.Domovoi) -> Application:
    """Returns everything that an app declares, with the faults and notices about its handlers."""
    imports_middleware = _MIDDLEWARE in sys.modules  # also without a call; freezing an app imports it too
    values: dict[str, Any] = app.freeze().to_dict()
    declared = app._resolve()[0]
    handlers = list_handlers(declared)
    unusual = [each for each in handlers if not _is_ordinary(*each[1:])]
    faults = {id(each): list(find_faults([each])) for each in unusual}
    values["faults"] += tuple(fault for found in faults.values() for fault in found)
    sound = [each for each in unusual if not faults[id(each)]]
    # The functions of a loop have one notice.
    values["notices"] += (*dict.fromkeys(_find_notices(sound)), *find_decorators_above(declared))
    values["adapted"] = not all(is_plain(handler, definition) for _, handler, definition in handlers)
    values["has_middleware"] |= imports_middleware
    return Application(**values)


def list_handlers(declared: Iterable[Any]) -> list[Handler]:
    """Returns the handlers that an app declares, each with the route of its first decorator."""
    handlers: dict[int, Handler] = {}
    for each in declared:
        handlers.setdefault(id(each.function), (each.route, each.function, each.definition))
    return list(handlers.values())


def find_faults(handlers: Iterable[Handler]) -> Iterator[Fault]:
    """Yields a fault for each handler that Lambda cannot call."""
    for handler in handlers:
        for message, remedy in islice(_find_problems(*handler), 1):
            yield Fault(location=handler[0].location, message=message, remedy=remedy)


def _find_notices(handlers: Iterable[Handler]) -> Iterator[Notice]:
    """Yields a notice for each handler without a fault whose parameters suggest other arguments."""
    for route, handler, definition in handlers:
        receiver = find_receiver(handler, definition)
        if receiver is not handler and _count_required(receiver) > 2:
            yield Notice(
                location=route.location,
                message=f"{route.handler}{_spell_parameters(receiver)} takes more than the event and the "
                "context, so every event fails unless its decorator adds the other arguments",
            )
        for parameter in () if _is_simple(receiver) else islice(_list_positional(receiver), 1, 2):
            has_value = parameter.default is not parameter.empty and parameter.default is not None
            if not has_value or "context" in parameter.name:
                continue
            function = _get_name(definition)
            yield Notice(
                location=route.location,
                message=f"{parameter.name} of {function}{_spell_parameters(receiver)} receives the context: "
                f"write def {function}(event, context, {parameter.name}=...), or make {parameter.name} "
                f"keyword-only: def {function}(event, *, {parameter.name}=...)",
            )


def _find_problems(route: Route, handler: Any, definition: Any) -> Iterator[tuple[str, str]]:
    name = route.handler
    if isinstance(handler, type):
        yield (
            f"{name} is a class, and calling it only creates an object",
            "Decorate a function, or register a method of an object: "
            f"{_spell_registration(route, f'{handler.__name__}().METHOD')}.",
        )
    yield from _check_owner(route, handler, definition)
    if not callable(handler):
        yield f"{name} is {handler!r}, which cannot be called", "Decorate a function."
        return
    yield from _check_generator(name, handler)
    yield from _check_parameters(name, handler, definition)


def _check_owner(route: Route, handler: Any, definition: Any) -> Iterator[tuple[str, str]]:
    """Yields a problem for a method without an object and for a class method."""
    function = handler.__func__ if isinstance(handler, classmethod) else find_receiver(handler, definition)
    owner = find_module(function).partition(":")[2]
    parameters = getattr(getattr(function, "__code__", None), "co_varnames", ())[:1]
    is_method = inspect.isfunction(function) and owner and parameters and parameters[0] in _OWNERS
    if not (is_method or isinstance(handler, classmethod)):
        return
    is_for_class = isinstance(handler, classmethod) or parameters == ("cls",)
    if is_for_class:
        needed = f"class method of {owner}, and needs the class"
        advice = f"Register it after the class: {_spell_registration(route, f'{owner}.{route.handler}')}."
    else:
        needed = f"method of {owner}, and needs an object"
        name = owner.rpartition(".")[2].lower()
        registration = _spell_registration(route, f"{name}.{route.handler}")
        advice = f"Create one after the class, {name} = {owner}(), and register its method: {registration}."
    yield f"{route.handler} is a {needed}, which does not exist yet", f"{advice} Or decorate a function."


def _spell_registration(route: Route, handler: str) -> str:
    decorators = vars(domovoi_tf.Domovoi).items()
    name = next(name for name, value in decorators if getattr(value, "kind", "") == route.trigger.kind)
    return f"app.{name}(...)({handler})"


def _check_generator(name: str, handler: Any) -> Iterator[tuple[str, str]]:
    for layer in list_layers(handler):
        functions = [layer, getattr(type(layer), "__call__", None)]  # noqa: B004 - of an object
        if any(map(inspect.isgeneratorfunction, functions)):
            kind = "a generator function"
        elif any(map(inspect.isasyncgenfunction, functions)):
            kind = "an async generator function"
        else:
            continue
        remedy = "Return the result instead of yielding it."
        if layer is not handler:
            remedy += " If its decorator requests them, delete the wrapper's __wrapped__."
        yield f"{name} is {kind}, whose code runs only when its values are requested", remedy


def _check_parameters(name: str, handler: Any, definition: Any) -> Iterator[tuple[str, str]]:
    receiver = find_receiver(handler, definition)
    arguments = [None] * (2 if takes_context(handler, definition) else 1)
    refusing = None
    try:
        if not _is_simple(handler, len(arguments)):
            inspect.signature(handler, follow_wrapped=False).bind(*arguments)
    except TypeError:
        refusing = handler
    except ValueError:  # a static method, or a function that is written in C
        pass
    if count_parameters(receiver) == (0, False):
        refusing = receiver
    if refusing is not None:
        function = _get_name(definition)
        yield (
            f"{name}{_spell_parameters(refusing)} can be called neither with the event and the context nor "
            "with the event alone",
            f"Write def {function}(event, context), or def {function}(event).",
        )


def _is_simple(function: Any, count: int | None = None) -> bool:
    """Whether a function has positional parameters alone, in this number, and no default values.

    Most handlers are such functions, and `inspect` takes long for each.
    """
    if type(function) is not FunctionType or hasattr(function, "__signature__"):
        return False
    code = function.__code__
    return (
        (count is None or code.co_argcount == count)
        and not (function.__defaults__ or code.co_kwonlyargcount)
        and not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    )


def _is_ordinary(handler: Any, definition: Any) -> bool:
    """Whether a handler is a plain function of the event, with or without the context: no check applies."""
    return (
        handler is definition
        and _is_simple(handler)
        and not handler.__dict__
        and handler.__code__.co_argcount in _ARGUMENTS
        and handler.__code__.co_varnames[0] not in _OWNERS
        and not handler.__code__.co_flags & _GENERATORS
    )


def _get_name(definition: Any) -> str:
    name = getattr(definition, "__name__", "")
    return name if name.isidentifier() else "handler"


def _count_required(function: Any) -> int:
    """Returns the number of positional parameters without a default value."""
    return sum(each.default is each.empty for each in _list_positional(function))


def _list_positional(function: Any) -> Iterator[inspect.Parameter]:
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return
    for each in parameters:
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            yield each


class _Default:
    """Stands for a default value, whose own representation may be long or secret."""

    def __repr__(self) -> str:
        return "..."


def _spell_parameters(function: Any) -> str:
    """Returns the parameters of a function as in its definition, without annotations and default values."""
    signature = inspect.signature(function, follow_wrapped=False)
    parameters = [
        each.replace(annotation=each.empty, default=each.empty if each.default is each.empty else _Default())
        for each in signature.parameters.values()
    ]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))
