"""Finds decorators that have no effect, once the app has been imported.

The child process that imports the app runs this, so it needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import MethodType
from typing import Any

from domovoi_tf.model.declarations import Location, Notice
from domovoi_tf.runtime.handlers import is_same, unwrap


def find_decorators_above(declared: Sequence[Any]) -> Iterator[Notice]:
    """Yields a notice for each handler that is wrapped after it was registered: Lambda skips the wrapper.

    Args:
        declared: the app's declarations, with the final names of their handlers.
    """
    uppermost = {_identify(each.function): number for number, each in enumerate(declared)}
    for number, each in enumerate(declared):
        if uppermost[_identify(each.function)] != number:
            continue  # the uppermost decorator of a handler stands for all
        wrapper, function = _find_in_module(each.definition), _get_function(each.function)
        layers = [] if wrapper is None or wrapper is function else unwrap(wrapper)
        if any(_get_function(layer) is function for layer in layers):
            own = [other.route.location for other in declared if is_same(other.function, each.function)]
            location = each.route.location
            yield Notice(location=location, message=_describe(each.route.handler, wrapper, location, own))


def _find_in_module(function: Any) -> Any:
    """Returns the object that has the name of a function in its module or class, or None."""
    value: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    for name in getattr(function, "__qualname__", "<locals>").split("."):
        value = getattr(value, "__dict__", {}).get(name)
    value = _get_function(value)
    return value if callable(value) and not isinstance(value, type) else None


def _identify(handler: Any) -> int:
    """Returns the same number for two handlers if `is_same` is true for them."""
    return id(getattr(handler, "__func__", handler))


def _get_function(handler: Any) -> Any:
    """Returns the function of a method, but not that of a proxy, whose attributes are those of its method."""
    while type(handler) in (MethodType, staticmethod, classmethod):
        handler = handler.__func__
    return handler


def _describe(name: str, wrapper: Any, location: Location, own: Collection[Location]) -> str:
    above = _find_line_above(location, own)
    if above is not None:
        line, decorator = above
        return (
            f"events of {name} do not pass through @{decorator} ({location.file}:{line}), because it is "
            "above this decorator, so its checks are skipped: move it below"
        )
    code = getattr(wrapper, "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
    return (
        f"events of {name} do not pass through the wrapper{place} that has its name in the module, "
        "so its checks are skipped: register the wrapper instead"
    )


def _find_line_above(location: Location, own: Collection[Location]) -> tuple[int, str] | None:
    """Returns the line and the text of the nearest foreign decorator above the one at a location."""
    try:
        tree = ast.parse(Path(location.file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    lines = {each.line for each in own}
    for node in ast.walk(tree):
        decorators = getattr(node, "decorator_list", [])
        numbers = [n for n, each in enumerate(decorators) if each.lineno <= location.line <= each.end_lineno]
        for decorator in reversed(decorators[: numbers[0]] if numbers else []):
            if decorator.lineno not in lines:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                return decorator.lineno, ast.unparse(called)
    return None
