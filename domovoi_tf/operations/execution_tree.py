"""Builds the tree of an execution's states from the state machine's definition and the execution's history.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from domovoi_tf.model.asl import NESTED

RUNNING = "RUNNING"
#: The status of a state that an execution did not enter before it ended.
NOT_REACHED = "not reached"
_STOPPED = {"TIMED_OUT": "timed out", "ABORTED": "aborted"}
_FAILURES = ("Failed", "TimedOut", "Aborted", "StartFailed", "ScheduleFailed")
#: Events of a new attempt or a success, after which the error of an earlier attempt no longer counts.
_ATTEMPTS = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled", "TaskSucceeded")


class Node(NamedTuple):
    """A state of an execution.

    Args:
        name: the name of the state.
        type: its type, such as ``Task``.
        status: ``waiting``, ``running``, ``succeeded``, ``caught`` (it failed, and a ``Catch`` handled the
            error), ``failed``, ``timed out`` or ``aborted``; ``not reached`` if the execution ended first.
        times: how many times it was entered.
        began: the time at which it was last entered.
        ended: the time at which it was last exited; None if it is running.
        error: the name of its last error.
        items: the numbers of succeeded, failed and all items of a ``Map``; None for other states.
        children: the states in its branches or in its item processor.
    """

    name: str
    type: str
    status: str
    times: int
    began: datetime | None
    ended: datetime | None
    error: str
    items: tuple[int, int, int] | None
    children: tuple[Node, ...]


@dataclass
class _Record:
    entered: int = 0
    exited: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    items: dict[str, int] = field(default_factory=dict)


class Event(NamedTuple):
    """An event of a history, with the name of its state; the end of an execution has the last state's."""

    type: str
    time: datetime
    state: str
    details: Mapping[str, Any]


def assign_states(history: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Yields the events of a history with the names of their states.

    Args:
        history: the events as Step Functions returns them, oldest first.
    """
    states: dict[int, str] = {}
    for event in history:
        details: Mapping[str, Any] = next(
            (value for key, value in event.items() if key.endswith("EventDetails")), {}
        )
        kind = event["type"]
        # Events without a name belong to the state of the event before them.
        previous = states.get(event.get("previousEventId", event["id"] - 1), "")
        state = str(details.get("name") or previous)
        if kind.startswith(("Execution", "Task", "Lambda", "Activity")) and not kind.endswith(
            ("StateEntered", "StateExited")
        ):
            state = previous
        states[event["id"]] = state
        yield Event(kind, event["timestamp"], state, details)


def build_tree(
    definition: Mapping[str, Any],
    history: Iterable[Event],
    status: str,
    map_runs: Mapping[str, Any] | None = None,
) -> tuple[Node, ...]:
    """Returns the current states of an execution, in the order of the definition.

    Args:
        definition: the state machine's definition in Amazon States Language.
        history: the events of the execution so far, oldest first.
        status: the status of the execution, such as ``RUNNING``.
        map_runs: the item counts of distributed ``Map`` states, by the ARN of the map run.
    """
    records: dict[str, _Record] = {}
    for event in history:
        _update_record(records.setdefault(event.state, _Record()), event, map_runs or {})
    return tuple(_build_nodes(definition, records, status))


def _update_record(record: _Record, event: Event, map_runs: Mapping[str, Any]) -> None:
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
        counts = map_runs.get(event.details.get("mapRunArn", ""), {})
        record.items = {
            "Succeeded": counts.get("succeeded", 0),
            "Failed": counts.get("failed", 0),
            "total": counts.get("total", 0),
        }
    elif kind.endswith(_FAILURES):
        record.error = str(event.details.get("error") or record.error or kind)
    elif kind in _ATTEMPTS:
        record.error = ""


def _build_nodes(machine: Any, records: Mapping[str, _Record], status: str) -> Iterator[Node]:
    states = machine.get("States", {}) if isinstance(machine, dict) else {}
    # Without any state of a nested machine, its events are elsewhere: in the executions of a distributed Map.
    is_known = any(name in records and records[name].entered for name in states)
    for name in states:
        record = records.get(name, _Record())
        nested = _list_nested_machines(states[name])
        children = tuple(node for each in nested for node in _build_nodes(each, records, status))
        yield Node(
            name=name,
            type=states[name].get("Type", ""),
            status=_find_status(record, children, status if is_known else RUNNING),
            times=record.entered,
            began=record.began,
            ended=record.ended if record.exited >= record.entered else None,
            error=record.error,
            items=_count_items(record),
            children=children,
        )


def _list_nested_machines(state: Mapping[str, Any]) -> Iterator[Any]:
    for name, is_list in NESTED.items():
        if name in state:
            yield from state[name] if is_list else [state[name]]


def _find_status(record: _Record, children: tuple[Node, ...], status: str) -> str:
    if not record.entered:
        return "waiting" if status == RUNNING else NOT_REACHED
    if record.exited >= record.entered:
        return "caught" if record.error else "succeeded"
    if status != "FAILED":
        return "running" if status == RUNNING else _STOPPED.get(status, "succeeded")
    # States that ran in parallel with the failed one were stopped.
    return "failed" if record.error or any(node.status == "failed" for node in children) else "aborted"


def _count_items(record: _Record) -> tuple[int, int, int] | None:
    items = record.items
    if not items:
        return None
    failed = items.get("Failed", 0) + items.get("Aborted", 0)
    return items.get("Succeeded", 0), failed, max(items.get("total", 0), items.get("Started", 0))
