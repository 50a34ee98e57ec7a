"""An execution of a state machine as a tree of its states: the definition's shape, the history's news.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from domovoi_tf.model.asl import NESTED

RUNNING = "RUNNING"
_ENDED = {"TIMED_OUT": "timed out", "ABORTED": "aborted"}
_FAILURES = ("Failed", "TimedOut", "Aborted", "StartFailed", "ScheduleFailed")
_TRIES = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled", "TaskSucceeded")


class Node(NamedTuple):
    """A state of an execution, with the states inside it.

    ``status`` is ``waiting``, ``running``, ``succeeded``, ``caught`` (it failed, and a ``Catch`` went on),
    ``failed``, ``timed out`` or ``aborted``. ``times`` is how often it began, ``error`` the name of what
    failed last, ``items`` how many items of a ``Map`` are done, failed, and there at all.
    """

    name: str
    type: str
    status: str
    times: int
    began: datetime | None
    ended: datetime | None
    error: str
    items: tuple[int, int, int] | None
    inside: tuple[Node, ...]


@dataclass
class _Record:
    entered: int = 0
    exited: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    items: dict[str, int] = field(default_factory=dict)


class Event(NamedTuple):
    """An event of a history, with the state that it is of; for the execution's end, the one it ended in."""

    type: str
    time: datetime
    state: str
    details: Mapping[str, Any]


def events(history: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Yields the events of a history, oldest first, each with its state.

    Args:
        history: the events as Step Functions returns them.
    """
    owners: dict[int, str] = {}
    for event in history:
        details: Mapping[str, Any] = next(
            (value for key, value in event.items() if key.endswith("EventDetails")), {}
        )
        kind = event["type"]
        # Only some events name their state: the others follow from one that does.
        before = owners.get(event.get("previousEventId", event["id"] - 1), "")
        state = str(details.get("name") or before)
        if kind.startswith(("Execution", "Task", "Lambda", "Activity")) and not kind.endswith(
            ("StateEntered", "StateExited")
        ):
            state = before
        owners[event["id"]] = state
        yield Event(kind, event["timestamp"], state, details)


def tree(
    definition: Mapping[str, Any],
    history: Iterable[Event],
    status: str,
    runs: Mapping[str, Any] | None = None,
) -> tuple[Node, ...]:
    """Returns the states of an execution as they stand.

    Args:
        definition: of the machine, in Amazon States Language.
        history: its events so far, oldest first.
        status: of the execution, as Step Functions calls it.
        runs: the counts of a distributed ``Map``'s items, by the ARN of its run.
    """
    records: dict[str, _Record] = {}
    for event in history:
        _note(records.setdefault(event.state, _Record()), event, runs or {})
    return tuple(_nodes(definition, records, status))


def _note(record: _Record, event: Event, runs: Mapping[str, Any]) -> None:
    kind = event.type
    if kind.endswith("StateEntered"):
        record.entered += 1
        record.began = event.time
    elif kind.endswith("StateExited"):
        record.exited += 1
        record.ended = event.time
    elif kind == "MapStateStarted":
        record.items["total"] = event.details.get("length", 0)
    elif kind.startswith("MapIteration"):
        outcome = kind.removeprefix("MapIteration")
        record.items[outcome] = record.items.get(outcome, 0) + 1
    elif kind == "MapRunStarted":
        counts = runs.get(event.details.get("mapRunArn", ""), {})
        record.items = {
            "Succeeded": counts.get("succeeded", 0),
            "Failed": counts.get("failed", 0),
            "total": counts.get("total", 0),
        }
    elif kind.endswith(_FAILURES):
        record.error = str(event.details.get("error") or record.error or kind)
    elif kind in _TRIES:
        record.error = ""


def _nodes(machine: Any, records: Mapping[str, _Record], status: str) -> Iterator[Node]:
    states = machine.get("States", {}) if isinstance(machine, dict) else {}
    for name in _order(machine, states):
        record = records.get(name, _Record())
        inside = tuple(node for inner in _inside(states[name]) for node in _nodes(inner, records, status))
        yield Node(
            name=name,
            type=states[name].get("Type", ""),
            status=_status(record, inside, status),
            times=record.entered,
            began=record.began,
            ended=record.ended if record.exited >= record.entered else None,
            error=record.error,
            items=_items(record),
            inside=inside,
        )


def _order(machine: Mapping[str, Any], states: Mapping[str, Any]) -> list[str]:
    """Returns the names of states as they follow one another, what is reached by a choice after that."""
    ordered: list[str] = []
    ahead = [machine.get("StartAt", "")]
    while ahead:
        name = ahead.pop(0)
        if name in ordered or name not in states:
            continue
        ordered.append(name)
        state = states[name]
        choices = [each.get("Next", "") for each in [*state.get("Choices", []), *state.get("Catch", [])]]
        ahead = [state.get("Next", ""), *ahead, *choices, state.get("Default", "")]
    return [*ordered, *(name for name in states if name not in ordered)]


def _inside(state: Mapping[str, Any]) -> Iterator[Any]:
    for name, listed in NESTED.items():
        if name in state:
            yield from state[name] if listed else [state[name]]


def _status(record: _Record, inside: tuple[Node, ...], status: str) -> str:
    if not record.entered:
        return "waiting"
    if record.exited >= record.entered:
        return "caught" if record.error else "succeeded"
    if status != "FAILED":
        return "running" if status == RUNNING else _ENDED.get(status, "succeeded")
    # What ran beside the state that failed was stopped with the execution.
    return "failed" if record.error or any(node.status == "failed" for node in inside) else "aborted"


def _items(record: _Record) -> tuple[int, int, int] | None:
    if not record.items:
        return None
    found = record.items
    failed = found.get("Failed", 0) + found.get("Aborted", 0)
    return found.get("Succeeded", 0), failed, max(found.get("total", 0), found.get("Started", 0))
