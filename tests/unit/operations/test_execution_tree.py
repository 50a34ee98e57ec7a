"""Histories as Step Functions writes them, as trees of states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from domovoi_tf.operations.execution_tree import Node, events, tree

BEGAN = datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc)
MACHINE: dict[str, Any] = {
    "StartAt": "Brew",
    "States": {
        "Spilt": {"Type": "Pass", "End": True},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Task", "End": True}}},
            "End": True,
        },
        "Brew": {
            "Type": "Task",
            "Next": "Both",
            "Retry": [{"ErrorEquals": ["Busy"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Spilt"}],
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Taste", "States": {"Taste": {"Type": "Task", "End": True}}},
                {"StartAt": "Label", "States": {"Label": {"Type": "Pass", "End": True}}},
            ],
            "Next": "Each",
        },
    },
}


def history(*steps: tuple[int, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events by the event before them, their type and their details, a second apart."""
    return [
        {
            "id": number,
            "previousEventId": before,
            "type": kind,
            "timestamp": BEGAN + timedelta(seconds=number),
            **({f"{kind[0].lower()}{kind[1:]}EventDetails": details} if details else {}),
        }
        for number, (before, kind, details) in enumerate(steps, 1)
    ]


def entered(before: int, kind: str, name: str) -> tuple[int, str, dict[str, Any]]:
    return before, f"{kind}StateEntered", {"name": name}


def exited(before: int, kind: str, name: str) -> tuple[int, str, dict[str, Any]]:
    return before, f"{kind}StateExited", {"name": name}


def states(steps: Iterable[tuple[int, str, dict[str, Any]]], status: str, **runs: Any) -> dict[str, Node]:
    def flat(nodes: tuple[Node, ...]) -> dict[str, Node]:
        found = {node.name: node for node in nodes}
        for node in nodes:
            found |= flat(node.inside)
        return found

    return flat(tree(MACHINE, events(history(*steps)), status, runs))


def statuses(found: dict[str, Node]) -> dict[str, str]:
    return {name: node.status for name, node in found.items()}


def test_states_stand_in_the_order_in_which_they_follow_with_what_is_inside() -> None:
    nodes = tree(MACHINE, (), "RUNNING")
    assert [node.name for node in nodes] == ["Brew", "Both", "Each", "Spilt"]
    assert [[inner.name for inner in node.inside] for node in nodes] == [[], ["Taste", "Label"], ["Fill"], []]
    assert {node.status for node in nodes} == {"waiting"}


def test_branches_run_beside_one_another() -> None:
    found = states(
        [
            (0, "ExecutionStarted", {}),
            entered(0, "Task", "Brew"),
            (2, "TaskScheduled", {"resource": "lambda"}),
            (3, "TaskSucceeded", {"resource": "lambda"}),
            exited(4, "Task", "Brew"),
            entered(5, "Parallel", "Both"),
            (6, "ParallelStateStarted", {}),
            entered(7, "Task", "Taste"),
            entered(7, "Pass", "Label"),
            exited(9, "Pass", "Label"),
            (8, "TaskScheduled", {}),
        ],
        "RUNNING",
    )
    assert statuses(found) == {
        "Brew": "succeeded",
        "Both": "running",
        "Taste": "running",
        "Label": "succeeded",
        "Each": "waiting",
        "Fill": "waiting",
        "Spilt": "waiting",
    }
    assert (found["Brew"].began, found["Brew"].ended) == (
        BEGAN + timedelta(seconds=2),
        BEGAN + timedelta(seconds=5),
    )


def test_the_branch_that_failed_is_told_from_the_one_that_was_stopped() -> None:
    found = states(
        [
            (0, "ExecutionStarted", {}),
            entered(0, "Parallel", "Both"),
            (2, "ParallelStateStarted", {}),
            entered(3, "Task", "Taste"),
            (4, "TaskScheduled", {}),
            entered(3, "Pass", "Label"),
            (5, "TaskFailed", {"error": "ValueError", "cause": "secret"}),
            (7, "ParallelStateFailed", {}),
            (8, "ExecutionFailed", {"error": "ValueError", "cause": "secret"}),
        ],
        "FAILED",
    )
    assert {name: statuses(found)[name] for name in ("Both", "Taste", "Label")} == {
        "Both": "failed",
        "Taste": "failed",
        "Label": "aborted",
    }
    assert (found["Taste"].error, found["Label"].error) == ("ValueError", "")


def test_a_retry_that_succeeds_leaves_no_error_and_a_catch_says_what_it_caught() -> None:
    tried = [
        (0, "ExecutionStarted", {}),
        entered(0, "Task", "Brew"),
        (2, "TaskScheduled", {}),
        (3, "TaskFailed", {"error": "Busy"}),
    ]
    again = [*tried, (4, "TaskScheduled", {})]
    assert states(tried, "RUNNING")["Brew"].error == "Busy"
    succeeded = states([*again, (5, "TaskSucceeded", {}), exited(6, "Task", "Brew")], "RUNNING")["Brew"]
    assert (succeeded.status, succeeded.error) == ("succeeded", "")
    caught = states(
        [
            *again,
            (5, "TaskFailed", {"error": "Broken"}),
            exited(6, "Task", "Brew"),
            entered(7, "Pass", "Spilt"),
        ],
        "RUNNING",
    )
    assert (caught["Brew"].status, caught["Brew"].error, caught["Spilt"].status) == (
        "caught",
        "Broken",
        "running",
    )


def test_a_map_counts_its_items() -> None:
    found = states(
        [
            (0, "ExecutionStarted", {}),
            entered(0, "Map", "Each"),
            (2, "MapStateStarted", {"length": 3}),
            (3, "MapIterationStarted", {"name": "Each", "index": 0}),
            entered(4, "Task", "Fill"),
            (3, "MapIterationStarted", {"name": "Each", "index": 1}),
            entered(6, "Task", "Fill"),
            exited(5, "Task", "Fill"),
            (8, "MapIterationSucceeded", {"name": "Each", "index": 0}),
            (7, "TaskFailed", {"error": "Broken"}),
            (10, "MapIterationFailed", {"name": "Each", "index": 1}),
        ],
        "RUNNING",
    )
    each, fill = found["Each"], found["Fill"]
    assert (each.status, each.items) == ("running", (1, 1, 3))
    assert (fill.status, fill.times, fill.error) == ("running", 2, "Broken")


def test_a_distributed_map_counts_by_its_run() -> None:
    steps = [(0, "ExecutionStarted", {}), entered(0, "Map", "Each"), (2, "MapStateStarted", {"length": 0})]
    started = [*steps, (3, "MapRunStarted", {"mapRunArn": "run"})]
    counts = {"succeeded": 700, "failed": 2, "total": 1000, "running": 40}
    assert states(started, "RUNNING", run=counts)["Each"].items == (700, 2, 1000)


def test_what_is_left_when_an_execution_is_stopped_says_how() -> None:
    steps = [(0, "ExecutionStarted", {}), entered(0, "Task", "Brew")]
    assert states(steps, "ABORTED")["Brew"].status == "aborted"
    assert states(steps, "TIMED_OUT")["Brew"].status == "timed out"


def test_an_execution_fails_in_the_state_in_which_it_ends() -> None:
    steps = [(0, "ExecutionStarted", {}), entered(0, "Pass", "Spilt")]
    found = states([*steps, (2, "ExecutionFailed", {"error": "States.Runtime"})], "FAILED")
    assert (found["Spilt"].status, found["Spilt"].error) == ("failed", "States.Runtime")
