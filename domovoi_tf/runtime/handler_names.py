"""Names the handlers of an app in which several functions share a name: their sources tell them apart.

Only the packages of such apps contain this module.
"""

from __future__ import annotations

import re
from zlib import crc32

from ..model.declarations import Fault, Notice
from .handlers import is_same, unwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..model.trigger import Route, Trigger

#: The maximum length of a source in a name, and of the words of a source that needs a digest.
MAX_SOURCE, MAX_WORDS = 32, 24


def drop_replaced(declared: Iterable[Any], notices: list[Notice]) -> list[Any]:
    """Returns the declarations without those that a later one replaces, and adds a notice for each of these.

    A function replaces an earlier one with the same name in its module if both have the same source: Python
    drops the earlier one too. In a loop, whose declarations have the same line, nothing is replaced.

    Args:
        declared: the declared routes, each with its function.
        notices: the notices of the app.
    """
    remaining: list[Any] = []
    for each in declared:
        for earlier in [other for other in remaining if _is_replaced(other, each)]:
            remaining.remove(earlier)
            message = (
                f"{each.route.handler} replaces the handler with the same name at {earlier.route.location}"
            )
            notices.append(Notice(location=each.route.location, message=message))
        remaining.append(each)
    return remaining


def name_handlers(declared: list[Any], notices: list[Notice], faults: list[Fault]) -> list[Any]:
    """Returns the declarations with a different name for each function.

    If functions share a name, their sources follow it, except in a name that one decorator sets. A task
    without a name is named after its state.

    Args:
        declared: the declared routes, each with its function.
        notices: the notices of the app, to which functions are added that share a name but not their code.
        faults: the faults of the app, to which functions are added that share their source too, and
            functions without a name that are not tasks.
    """
    names: dict[int, str] = {}
    declared = list(_drop_unnamed(declared, faults))
    for functions in _group_by_name(declared):
        for routes, name in zip(functions, _choose_names(functions), strict=True):
            names.update((id(each), name) for each in routes)
        notices += _find_homonyms(functions, names)
    owners: dict[str, Any] = {}
    named = []
    for each in declared:
        name = names[id(each)]
        owner = owners.setdefault(name, each)
        if is_same(owner.function, each.function):
            named.append(each.replace(route=each.route.replace(handler=name)))
        elif (fault := _make_fault(name, owner.route, each.route)) not in faults:
            faults.append(fault)
    return named


def make_suffix(trigger: Trigger) -> str:
    """Returns the source of a trigger as a part of names: letters, digits, ``-`` and ``_``.

    A source with other characters, or a long one, is shortened to words and a digest.
    """
    source = f"{trigger.spell_source()} {trigger.function}".strip()
    words = source
    if not re.fullmatch("[A-Za-z0-9_-]*[A-Za-z0-9]", source) or len(source) > MAX_SOURCE:
        words = re.sub("[^A-Za-z0-9]+", "-", source)[:MAX_WORDS]
        words = f"{words}-{crc32(source.encode(errors='replace')):08x}".replace("--", "-").strip("-")
    # States have names of their own, which need no kind.
    return words if trigger.kind == "state_machine" else f"{trigger.kind}-{words}"


def _drop_unnamed(declared: Iterable[Any], faults: list[Fault]) -> Iterator[Any]:
    for each in declared:
        trigger = each.route.trigger
        if each.route.handler or trigger.handler_name is not None or trigger.kind == "state_machine":
            yield each
        else:
            noun = getattr(each.definition, "__qualname__", type(each.definition).__name__)
            remedy = "Add name= to the decorator, or decorate a function that is defined with def."
            faults.append(
                Fault(location=each.route.location, message=f"the handler {noun} has no name", remedy=remedy)
            )


def _group_by_name(declared: Iterable[Any]) -> Iterable[list[list[Any]]]:
    """Returns the declarations by name, and those of a name by function."""
    groups: dict[str, list[list[Any]]] = {}
    for each in declared:
        functions = groups.setdefault(each.route.handler, [])
        for routes in functions:
            if is_same(routes[0].function, each.function):
                routes.append(each)
                break
        else:
            functions.append([each])
    return groups.values()


def _choose_names(functions: list[list[Any]]) -> Iterator[str]:
    """Yields the name of each function: with the first of its sources that no other function has.

    The only function whose decorator sets the name has it alone.
    """
    base = functions[0][0].route.handler
    sources = [[make_suffix(each.route.trigger) for each in routes] for routes in functions]
    explicit = [own for own, routes in zip(sources, functions, strict=True) if _sets_name(routes)]
    for own in sources:
        others = {source for routes in sources if routes is not own for source in routes}
        source = next((each for each in own if each not in others), own[0])
        is_alone = len(functions) == 1 or (len(explicit) == 1 and own is explicit[0])
        yield base if base and is_alone else f"{base}-{source}" if base else source


def _sets_name(routes: list[Any]) -> bool:
    return any(each.route.trigger.handler_name is not None for each in routes)


def _make_fault(name: str, owner: Route, route: Route) -> Fault:
    """Returns the problem of two functions that would have one name."""
    if owner.handler == route.handler:
        message = (
            f"{route.handler or name} is also the name of the handler at {owner.location}, "
            "and both have the same source"
        )
        remedy = "Give each handler its own name with name=."
        return Fault(location=route.location, message=message, remedy=remedy)
    own, other = (owner, route) if owner.handler == name else (route, owner)
    message = f"the handler at {other.location}, whose name its source completes, has the name {name} too"
    return Fault(location=own.location, message=message, remedy="Choose another name with name=.")


def _find_homonyms(functions: list[list[Any]], names: dict[int, str]) -> Iterator[Notice]:
    """Yields a notice for each function that has the name of an earlier one, but other code."""
    for number, (each, *_) in enumerate(functions):
        for earlier in (other[0] for other in functions[:number] if each.route.handler):
            if _get_code(each) is not _get_code(earlier) and not _is_stacked(each, earlier):
                yield Notice(
                    location=each.route.location,
                    message=f"{each.route.handler} is also the name of the handler at "
                    f"{earlier.route.location}, so they are deployed as {names[id(each)]} and "
                    f"{names[id(earlier)]}: rename one of the functions, or set name=",
                )
                break


def _is_stacked(later: Any, earlier: Any) -> bool:
    """Whether a handler wraps one whose decorator is below its own: Python applies the lower one first."""
    upper, lower = later.route.location, earlier.route.location
    is_above = upper.file == lower.file and upper.line < lower.line
    return is_above and any(is_same(layer, earlier.function) for layer in unwrap(later.function))


def _is_replaced(earlier: Any, later: Any) -> bool:
    one, other = earlier.route, later.route
    return (
        _has_name_of(later, earlier)
        and one.location != other.location
        and not is_same(earlier.function, later.function)
        and (one.trigger.kind, one.trigger.function) == (other.trigger.kind, other.trigger.function)
        and one.trigger.spell_source() == other.trigger.spell_source()
    )


def _has_name_of(one: Any, other: Any) -> bool:
    """Returns whether two functions have their name, which is not that of a decorator, in one module."""
    own_names = not (one.route.trigger.handler_name or other.route.trigger.handler_name)
    name = one.route.handler
    return bool(name and own_names and (name, one.route.module) == (other.route.handler, other.route.module))


def _get_code(declared: Any) -> object:
    """Returns the code of a function, inside the decorators that keep its name."""
    function = declared.definition
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__code__", type(function))
