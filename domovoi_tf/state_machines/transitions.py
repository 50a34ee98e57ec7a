"""Checks the transitions between the states of a state machine.

https://states-language.net/spec.html#transition
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domovoi_tf.model.asl import NESTED

#: Types of states that end an execution, and that name their next states in other fields than Next.
_TERMINAL_TYPES, _BRANCHING_TYPES = ("Succeed", "Fail"), ("Choice",)

#: Comparing a name with those of thousands of states, for each of thousands of mistakes, takes minutes.
_MAX_SUGGESTED = 200

Finding = tuple[str, str, str]


def check_transitions(body: object, path: str) -> Iterator[Finding]:
    """Yields problems of the transitions between states: the path of a state, a message and a remedy.

    Args:
        body: the definition of a machine, or of a branch or an iteration within a state.
        path: the path of the state that contains it, empty for a machine.
    """
    siblings = body.get("States") if isinstance(body, Mapping) else None
    if not (isinstance(body, Mapping) and isinstance(siblings, Mapping) and siblings):
        yield path, "it has no States", 'Write "StartAt" and "States": {"First": {...}}.'
        return
    start, prefix = body.get("StartAt"), f"{path}." if path else ""
    is_start_known = isinstance(start, str) and start in siblings
    if not is_start_known:
        message = f"StartAt is {start!r}, but there is no state of this name"
        yield path, message, suggest_state(start, siblings)
    is_complete = is_start_known
    for name, state in siblings.items():
        if isinstance(state, Mapping):
            findings = list(_check_exits(f"{prefix}{name}", state, siblings))
            yield from findings
            yield from _check_nested(f"{prefix}{name}", state)
            is_complete = is_complete and not findings
        else:
            message = f"the state is {state!r:.60}, not a dict"
            yield f"{prefix}{name}", message, 'Use a dict: {"Type": "Task", ...}.'
            is_complete = False
    if is_complete:  # otherwise, what cannot be reached may be so because of the mistakes above
        yield from _check_reachability(str(start), siblings, path)


def _check_reachability(start: str, siblings: Mapping[str, Any], path: str) -> Iterator[Finding]:
    reachable = _find_reachable(start, siblings)
    for name in siblings:
        if name not in reachable:
            yield (
                f"{path}.{name}" if path else name,
                "the state cannot be reached from StartAt",
                "Name it in the Next field of a reachable state, or remove it.",
            )
    if not any(_is_end(siblings[name]) for name in reachable):
        remedy = 'Set "End": true in one of them, or add a state of type Succeed.'
        yield path, "none of the states that can be reached from StartAt is an end", remedy


def _check_exits(path: str, state: Mapping[str, Any], siblings: Mapping[str, Any]) -> Iterator[Finding]:
    for field, target in _list_targets(state):
        if not (isinstance(target, str) and target in siblings):
            message = f"{field} is {target!r}, but there is no state of this name at its level"
            yield path, message, suggest_state(target, siblings)
    if (
        state.get("Type") not in (*_TERMINAL_TYPES, *_BRANCHING_TYPES)
        and "Next" not in state
        and state.get("End") is not True
    ):
        remedy = 'Set "Next" to the name of a state, or "End" to true.'
        yield path, "the state has neither Next nor End", remedy


def _check_nested(path: str, state: Mapping[str, Any]) -> Iterator[Finding]:
    for field, is_list in NESTED.items():
        if field in state:
            nested = state[field]
            bodies = enumerate(nested) if is_list and isinstance(nested, list) else [("", nested)]
            for number, body in bodies:
                yield from check_transitions(
                    body, f"{path}.{field}[{number}]" if is_list else f"{path}.{field}"
                )


def _list_targets(state: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yields the fields of a state that name other states, with their values."""
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        for number, rule in enumerate(state[field]) if isinstance(state.get(field), list) else ():
            if isinstance(rule, Mapping) and "Next" in rule:
                yield f"{field}[{number}].Next", rule["Next"]


def _find_reachable(start: str, siblings: Mapping[str, Any]) -> set[str]:
    reachable, pending = set(), [start]
    while pending:
        name = pending.pop()
        if name not in reachable and isinstance(siblings.get(name), Mapping):
            reachable.add(name)
            pending += [target for _, target in _list_targets(siblings[name]) if isinstance(target, str)]
    return reachable


def _is_end(state: Mapping[str, Any]) -> bool:
    return state.get("Type") in _TERMINAL_TYPES or state.get("End") is True


def suggest_state(name: object, states: Iterable[str]) -> str:
    """Returns a remedy for a name that no state has: the name that is most similar, or all names."""
    from difflib import get_close_matches

    names = list(states)
    if len(names) > _MAX_SUGGESTED:
        return f"Use the name of one of its {len(names):,} states."
    matches = get_close_matches(str(name), names, 1)
    return f"Did you mean {matches[0]!r}?" if matches else f"Use one of: {', '.join(sorted(names))}."
