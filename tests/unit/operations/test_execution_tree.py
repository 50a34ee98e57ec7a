"""Trees of states from histories in the form of Step Functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from domovoi_tf.operations.execution_tree import Node, assign_states, build_tree

START = datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc)
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


def make_history(*steps: tuple[int, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns events, a second apart, from the number of the previous event, the type and the details."""
    return [
        {
            "id": number,
            "previousEventId": previous,
            "type": kind,
            "timestamp": START + timedelta(seconds=number),
            **({f"{kind[0].lower()}{kind[1:]}EventDetails": details} if details else {}),
        }
        for number, (previous, kind, details) in enumerate(steps, 1)
    ]


def enter(previous: int, kind: str, name: str) -> tuple[int, str, dict[str, Any]]:
    return previous, f"{kind}StateEntered", {"name": name}


def leave(previous: int, kind: str, name: str) -> tuple[int, str, dict[str, Any]]:
    return previous, f"{kind}StateExited", {"name": name}


def build_states(
    steps: Iterable[tuple[int, str, dict[str, Any]]], status: str, **runs: Any
) -> dict[str, Node]:
    def flatten(nodes: tuple[Node, ...]) -> dict[str, Node]:
        states = {node.name: node for node in nodes}
        for node in nodes:
            states |= flatten(node.children)
        return states

    return flatten(build_tree(MACHINE, assign_states(make_history(*steps)), status, runs))


def list_statuses(nodes: dict[str, Node]) -> dict[str, str]:
    return {name: node.status for name, node in nodes.items()}


def test_states_are_in_order_of_the_definition_with_nested_states() -> None:
    nodes = build_tree(MACHINE, (), "RUNNING")
    assert [node.name for node in nodes] == ["Spilt", "Each", "Brew", "Both"]
    assert [[inner.name for inner in node.children] for node in nodes] == [
        [],
        ["Fill"],
        [],
        ["Taste", "Label"],
    ]
    assert {node.status for node in nodes} == {"waiting"}


def test_states_that_an_ended_execution_did_not_enter_are_not_reached() -> None:
    steps = [
        (0, "ExecutionStarted", {}),
        enter(0, "Task", "Brew"),
        leave(2, "Task", "Brew"),
        enter(3, "Parallel", "Both"),
        enter(4, "Task", "Taste"),
        (5, "TaskFailed", {"error": "Bitter"}),
    ]
    nodes = build_states([*steps, (6, "ExecutionFailed", {})], "FAILED")
    assert list_statuses(nodes) == {
        "Spilt": "not reached",
        # None of the Map's own states has an event, so it is not known whether they ran.
        "Each": "not reached",
        "Fill": "waiting",
        "Brew": "succeeded",
        "Both": "failed",
        "Taste": "failed",
        "Label": "waiting",
    }
    running = list_statuses(build_states(steps, "RUNNING"))
    assert (running["Spilt"], running["Label"]) == ("waiting", "waiting")


def test_branches_have_independent_statuses() -> None:
    nodes = build_states(
        [
            (0, "ExecutionStarted", {}),
            enter(0, "Task", "Brew"),
            (2, "TaskScheduled", {"resource": "lambda"}),
            (3, "TaskSucceeded", {"resource": "lambda"}),
            leave(4, "Task", "Brew"),
            enter(5, "Parallel", "Both"),
            (6, "ParallelStateStarted", {}),
            enter(7, "Task", "Taste"),
            enter(7, "Pass", "Label"),
            leave(9, "Pass", "Label"),
            (8, "TaskScheduled", {}),
        ],
        "RUNNING",
    )
    assert list_statuses(nodes) == {
        "Brew": "succeeded",
        "Both": "running",
        "Taste": "running",
        "Label": "succeeded",
        "Each": "waiting",
        "Fill": "waiting",
        "Spilt": "waiting",
    }
    assert (nodes["Brew"].began, nodes["Brew"].ended) == (
        START + timedelta(seconds=2),
        START + timedelta(seconds=5),
    )


def test_failed_branch_differs_from_aborted_branch() -> None:
    nodes = build_states(
        [
            (0, "ExecutionStarted", {}),
            enter(0, "Parallel", "Both"),
            (2, "ParallelStateStarted", {}),
            enter(3, "Task", "Taste"),
            (4, "TaskScheduled", {}),
            enter(3, "Pass", "Label"),
            (5, "TaskFailed", {"error": "ValueError", "cause": "secret"}),
            (7, "ParallelStateFailed", {}),
            (8, "ExecutionFailed", {"error": "ValueError", "cause": "secret"}),
        ],
        "FAILED",
    )
    assert {name: list_statuses(nodes)[name] for name in ("Both", "Taste", "Label")} == {
        "Both": "failed",
        "Taste": "failed",
        "Label": "aborted",
    }
    assert (nodes["Taste"].error, nodes["Label"].error) == ("ValueError", "")


def test_map_whose_items_did_not_fail_is_aborted() -> None:
    nodes = build_states(
        [
            (0, "ExecutionStarted", {}),
            enter(0, "Map", "Each"),
            (2, "MapStateStarted", {"length": 2}),
            (3, "MapIterationStarted", {"name": "Each", "index": 0}),
            enter(4, "Task", "Fill"),
            (0, "ExecutionStarted", {}),
            enter(6, "Pass", "Spilt"),
            (7, "ExecutionFailed", {"error": "States.Runtime"}),
        ],
        "FAILED",
    )
    assert [nodes[name].status for name in ("Each", "Fill", "Spilt")] == ["aborted", "aborted", "failed"]


def test_successful_retry_has_no_error_and_caught_state_has_one() -> None:
    failed = [
        (0, "ExecutionStarted", {}),
        enter(0, "Task", "Brew"),
        (2, "TaskScheduled", {}),
        (3, "TaskFailed", {"error": "Busy"}),
    ]
    retried = [*failed, (4, "TaskScheduled", {})]
    assert build_states(failed, "RUNNING")["Brew"].error == "Busy"
    succeeded = build_states([*retried, (5, "TaskSucceeded", {}), leave(6, "Task", "Brew")], "RUNNING")[
        "Brew"
    ]
    assert (succeeded.status, succeeded.error) == ("succeeded", "")
    handled = build_states(
        [
            *retried,
            (5, "TaskFailed", {"error": "Broken"}),
            leave(6, "Task", "Brew"),
            enter(7, "Pass", "Spilt"),
        ],
        "RUNNING",
    )
    assert (handled["Brew"].status, handled["Brew"].error, handled["Spilt"].status) == (
        "caught",
        "Broken",
        "running",
    )


def test_map_counts_its_items() -> None:
    nodes = build_states(
        [
            (0, "ExecutionStarted", {}),
            enter(0, "Map", "Each"),
            (2, "MapStateStarted", {"length": 3}),
            (3, "MapIterationStarted", {"name": "Each", "index": 0}),
            enter(4, "Task", "Fill"),
            (3, "MapIterationStarted", {"name": "Each", "index": 1}),
            enter(6, "Task", "Fill"),
            leave(5, "Task", "Fill"),
            (8, "MapIterationSucceeded", {"name": "Each", "index": 0}),
            (7, "TaskFailed", {"error": "Broken"}),
            (10, "MapIterationFailed", {"name": "Each", "index": 1}),
        ],
        "RUNNING",
    )
    each, fill = nodes["Each"], nodes["Fill"]
    assert (each.status, each.items) == ("running", (1, 1, 3))
    assert (fill.status, fill.times, fill.error) == ("running", 2, "Broken")


def test_map_of_unknown_length_counts_the_items_that_it_has_started() -> None:
    started = [(2, "MapIterationStarted", {"name": "Each", "index": index}) for index in range(3)]
    aborted = [(5, "MapIterationAborted", {"name": "Each", "index": 2})]
    steps = [(0, "ExecutionStarted", {}), enter(0, "Map", "Each"), *started, *aborted]
    assert build_states(steps, "RUNNING")["Each"].items == (0, 1, 3)


def test_distributed_map_has_counts_of_its_map_run() -> None:
    steps = [
        (0, "ExecutionStarted", {}),
        enter(0, "Map", "Each"),
        (2, "MapStateStarted", {"length": 0}),
    ]
    with_run = [*steps, (3, "MapRunStarted", {"mapRunArn": "run"})]
    counts = {"succeeded": 700, "failed": 2, "total": 1000, "running": 40}
    assert build_states(with_run, "RUNNING", run=counts)["Each"].items == (700, 2, 1000)
    assert build_states(with_run, "RUNNING")["Each"].items == (0, 0, 0)


def test_running_states_of_stopped_execution_are_aborted_or_timed_out() -> None:
    steps = [(0, "ExecutionStarted", {}), enter(0, "Task", "Brew")]
    assert build_states(steps, "ABORTED")["Brew"].status == "aborted"
    assert build_states(steps, "TIMED_OUT")["Brew"].status == "timed out"


def test_execution_error_belongs_to_the_last_state() -> None:
    steps = [(0, "ExecutionStarted", {}), enter(0, "Pass", "Spilt")]
    nodes = build_states([*steps, (2, "ExecutionFailed", {"error": "States.Runtime"})], "FAILED")
    assert (nodes["Spilt"].status, nodes["Spilt"].error) == ("failed", "States.Runtime")
