"""Which function it is that a decorator got, when other decorators and classes are around it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..model.declarations import Location

_DEEPEST = 16


def decorated(handler: Any, location: Location) -> Any:
    """Returns the function whose name a handler goes by: what a wrapper without a name of its own wraps.

    Args:
        handler: what was decorated.
        location: where.
    """
    if _has_a_name(handler):
        return handler
    inside = [each for each in _wrapped(handler, []) if _begins_before(each, location)]
    return max(inside, key=lambda each: each.__code__.co_firstlineno, default=handler)


def place(handler: Any) -> str:
    """Returns the module of a handler, and after a colon the class where it is defined in one."""
    inside = getattr(handler, "__qualname__", "").rpartition("<locals>.")[2].rpartition(".")[0]
    module = getattr(handler, "__module__", None) or ""
    return f"{module}:{inside}" if inside else module


def same(one: Any, other: Any) -> bool:
    """Whether two handlers are one function, be it a method of two objects: none redefines the other."""
    return bool(getattr(one, "__func__", one) is getattr(other, "__func__", other))


def _has_a_name(handler: Any) -> bool:
    """Whether a handler is neither an object nor what a decorator made, and did not name as its own."""
    name, code = getattr(handler, "__name__", ""), getattr(handler, "__code__", None)
    made = "<locals>" in getattr(handler, "__qualname__", "") and code is not None and code.co_name == name
    return name.isidentifier() and not (made and handler.__closure__)


def _begins_before(function: Any, location: Location) -> bool:
    """Whether a function is defined in the decorator's file, its first decorator not below this one."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == location.file and code.co_firstlineno <= location.line


def _wrapped(handler: Any, above: list[Any]) -> Iterator[Any]:
    """Yields a handler and what it wraps: what it closes over, or has as an attribute."""
    if len(above) > _DEEPEST or any(handler is each for each in above):
        return
    yield handler
    inner = [getattr(handler, name, None) for name in ("__wrapped__", "__func__")]
    if not hasattr(handler, "__code__"):
        inner += getattr(handler, "__dict__", {}).values()
    for cell in getattr(handler, "__closure__", None) or ():
        try:
            inner.append(cell.cell_contents)
        except ValueError:  # of a name that has no value yet
            continue
    for each in inner:
        if callable(each) and not isinstance(each, type):
            yield from _wrapped(each, [*above, handler])
