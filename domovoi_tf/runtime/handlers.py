"""Finds the function that defines a handler, inside other decorators and classes, and adapts handlers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..model.declarations import Location

_MAX_DEPTH = 16
#: inspect.CO_COROUTINE; the module is slow to import.
COROUTINE = 128


def find_definition(handler: Any, location: Location) -> Any:
    """Returns the function that gives a handler its name: itself, or the one that it wraps.

    Args:
        handler: the decorated object.
        location: the decorator's line.
    """
    if _has_own_name(handler):
        return handler
    functions = [each for each in unwrap(handler) if _is_defined_at(each, location)]
    return max(functions, key=lambda each: each.__code__.co_firstlineno, default=handler)


def adapt(handler: Any, definition: Any) -> Any:
    """Returns a function of the event and the context that calls a handler.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    if is_plain(handler, definition):
        return handler
    try:
        # Not an import statement: the packages of apps whose handlers are all plain do not have the module.
        return __import__(f"{__package__}.calls", fromlist=["adapt"]).adapt(handler, definition)
    except ImportError:  # when the app was packaged, a decorator that acts only in Lambda did nothing
        return handler


def is_plain(handler: Any, definition: Any) -> bool:
    """Whether a handler is a function of the event and the context, without ``async def`` or ``__wrapped__``.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    if type(handler) is not type(is_plain) or hasattr(handler, "__wrapped__"):
        return False
    flags = handler.__code__.co_flags | getattr(definition, "__code__", handler.__code__).co_flags
    return handler.__code__.co_argcount > 1 and not flags & COROUTINE


def find_module(handler: Any) -> str:
    """Returns the module of a handler, followed by a colon and the class if it is defined in one."""
    cls = getattr(handler, "__qualname__", "").rpartition("<locals>.")[2].rpartition(".")[0]
    module = getattr(handler, "__module__", None) or ""
    return f"{module}:{cls}" if cls else module


def is_same(one: Any, other: Any) -> bool:
    """Whether two handlers are the same function, or the same method of two objects."""
    return bool(getattr(one, "__func__", one) is getattr(other, "__func__", other))


def _has_own_name(handler: Any) -> bool:
    """Whether a handler is a function that is not the unnamed wrapper of a decorator."""
    name, code = getattr(handler, "__name__", ""), getattr(handler, "__code__", None)
    is_local = (
        "<locals>" in getattr(handler, "__qualname__", "") and code is not None and code.co_name == name
    )
    return name.isidentifier() and not (is_local and handler.__closure__)


def _is_defined_at(function: Any, location: Location) -> bool:
    """Whether a function is defined in the decorator's file, starting at the decorator's line or above."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == location.file and code.co_firstlineno <= location.line


def unwrap(handler: Any, outer: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Yields a handler and the functions that it wraps, in its closure or its attributes."""
    if len(outer) > _MAX_DEPTH or any(handler is each for each in outer):
        return
    yield handler
    inner = [getattr(handler, name, None) for name in ("__wrapped__", "__func__")]
    if not hasattr(handler, "__code__"):
        inner += getattr(handler, "__dict__", {}).values()
    for cell in getattr(handler, "__closure__", None) or ():
        try:
            inner.append(cell.cell_contents)
        except ValueError:  # the variable has no value yet
            continue
    for each in inner:
        if callable(each) and not isinstance(each, type):
            yield from unwrap(each, (*outer, handler))
