"""Walks definitions in Amazon States Language."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    #: A definition as a dict, which may have functions in place of their ARNs, or the path of its file.
    Definition = Mapping[str, Any] | str


#: The fields of a state that contain state machines, and whether each holds a list of them.
NESTED = {"Branches": True, "Iterator": False, "ItemProcessor": False}


def walk_states(definition: Any, prefix: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields every state of a definition, nested ones included: its path, its name and the state itself.

    Args:
        definition: the definition; malformed parts are skipped.
        prefix: the path of the field that contains the definition.
    """
    states = definition.get("States") if isinstance(definition, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        path = f"{prefix}{name}"
        if isinstance(state, dict):
            yield path, name, state
            for field, is_list in NESTED.items():
                if is_list and isinstance(state.get(field), (list, tuple)):
                    for number, branch in enumerate(state[field]):
                        yield from walk_states(branch, f"{path}.{field}[{number}].")
                elif not is_list:
                    yield from walk_states(state.get(field), f"{path}.{field}.")


def find_handlers(definition: Any) -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    """Yields each function that a definition has in place of an ARN, with the name of its state."""
    for _, name, state in walk_states(definition):
        objects = [state, state.get("Parameters"), state.get("Arguments")]
        for value, field in zip(objects, ("Resource", "FunctionName", "FunctionName"), strict=True):
            if isinstance(value, dict) and callable(value.get(field)):
                yield name, value[field]


def drop_handlers(value: Any) -> Any:
    """Returns a definition without the functions that it has in place of ARNs."""
    if isinstance(value, dict):
        return {key: drop_handlers(item) for key, item in value.items() if not callable(item)}
    return [drop_handlers(item) for item in value] if isinstance(value, (list, tuple)) else value
