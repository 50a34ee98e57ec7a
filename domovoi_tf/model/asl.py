"""Walks definitions in Amazon States Language."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


#: The fields of a state that hold machines, and whether each is a list.
NESTED = {"Branches": True, "Iterator": False, "ItemProcessor": False}


def states(definition: Any, above: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields every state of a definition: its path, its name, and itself.

    Args:
        definition: in Amazon States Language; what is malformed is passed over.
        above: the path of what holds it.
    """
    inside = definition.get("States") if isinstance(definition, dict) else None
    for name, state in inside.items() if isinstance(inside, dict) else ():
        path = f"{above}{name}"
        if isinstance(state, dict):
            yield path, name, state
            for field, listed in NESTED.items():
                if listed and isinstance(state.get(field), (list, tuple)):
                    for number, branch in enumerate(state[field]):
                        yield from states(branch, f"{path}.{field}[{number}].")
                elif not listed:
                    yield from states(state.get(field), f"{path}.{field}.")


def handlers(definition: Any) -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    """Yields the functions that stand in a definition where an ARN would, each with its state's name."""
    for _, name, state in states(definition):
        places = [state, state.get("Parameters"), state.get("Arguments")]
        for place, field in zip(places, ("Resource", "FunctionName", "FunctionName"), strict=True):
            if isinstance(place, dict) and callable(place.get(field)):
                yield name, place[field]


def plain(value: Any) -> Any:
    """Returns a definition without the functions that stand in it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not callable(item)}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
