"""Executions of state machines as text and for JSON."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import click
import pytest
from rich.console import Console

from domovoi_tf.cli.operations.execution_view import (
    create_tree,
    describe_progress,
    format_duration,
    format_event,
    format_executions,
    format_result,
)
from domovoi_tf.operations.execution import Execution, Progress
from domovoi_tf.operations.execution_tree import Event, Node

START = datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc)
END = START + timedelta(seconds=75)
FAILED = Execution("brew", "one", "arn:one", "FAILED", START, END, "NoMalt", "it is\x1b[31m empty")
FILL = Node("Fill", "Task", "succeeded", 3, START, END, "", None, ())
STATES = (
    Node("Each", "Map", "failed", 1, START, START + timedelta(seconds=2), "NoMalt", (2, 1, 3), (FILL,)),
    Node("Label", "Pass", "not reached", 0, None, None, "", None, ()),
    Node("Clean", "Pass", "succeeded", 1, START, START, "", None, ()),
    Node("Sell\n", "Pass", "not reached", 0, None, None, "", None, (FILL,)),
)
PROGRESS = Progress(FAILED, STATES, ())


def test_result_has_status_duration_and_error_without_control_characters() -> None:
    assert click.unstyle(format_result(FAILED)) == (
        "FAILED  brew one, 1 min 15 s\nNoMalt: it is\\x1b[31m empty"
    )
    succeeded = FAILED._replace(status="SUCCEEDED", error="", cause="")
    assert click.unstyle(format_result(succeeded)) == "SUCCEEDED  brew one, 1 min 15 s"


def test_executions_are_listed_in_a_table() -> None:
    header, row = format_executions([FAILED]).splitlines()
    assert header.split() == ["MACHINE", "NAME", "STATUS", "STARTED", "DURATION", "ERROR"]
    assert row.split()[:3] == ["brew", "one", "FAILED"]
    assert row.endswith("  1 min 15 s  NoMalt")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (3725, "1 h 2 min")]
)
def test_duration_is_in_seconds_minutes_or_hours(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("event_type", "details", "text"),
    [
        ("TaskStateEntered", {}, "Brew started"),
        ("TaskStateExited", {}, "Brew ended"),
        ("LambdaFunctionFailed", {"error": "NoMalt"}, "Brew failed: NoMalt"),
        ("LambdaFunctionScheduled", {}, ""),
        ("ExecutionFailed", {"error": "NoMalt"}, ""),
    ],
)
def test_events_of_states_have_a_line(event_type: str, details: dict[str, str], text: str) -> None:
    line = format_event(Event(event_type, START, "Brew", details))
    assert line == (f"{START.astimezone():%H:%M:%S}  {text}" if text else "")


def test_tree_shows_states_with_their_details() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(create_tree(PROGRESS))
    assert capture.get().splitlines() == [
        "brew one",
        "├── ✗ Each  failed, NoMalt, 2 of 3, 1 failed, 2.0 s",
        "│   └── ✓ Fill  3 times",
        "├── ✓ Clean  0.0 s",
        "└── not reached: Label, Sell\\n",
    ]


@pytest.mark.parametrize(
    ("status", "sign", "code"),
    [
        ("running", "…", "33"),
        ("succeeded", "✓", "32"),
        ("caught", "✓", "33"),
        ("waiting", "·", "2"),
        ("failed", "✗", "31"),
        ("aborted", "✗", "31"),
        ("timed out", "✗", "31"),
    ],
)
def test_tree_has_a_sign_and_a_colour_for_each_status(status: str, sign: str, code: str) -> None:
    console = Console(width=80, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(create_tree(PROGRESS._replace(states=(STATES[1]._replace(status=status),))))
    assert f"\x1b[{code}m{sign} Label\x1b[0m" in capture.get()


@pytest.mark.parametrize(
    ("status", "code"), [("SUCCEEDED", "32"), ("RUNNING", "33"), ("FAILED", "31"), ("ABORTED", "31")]
)
def test_result_has_a_colour_for_each_status(status: str, code: str) -> None:
    assert format_result(FAILED._replace(status=status)).startswith(f"\x1b[{code}m\x1b[1m{status}\x1b[0m")


def test_json_has_the_keys_that_programs_rely_on() -> None:
    document = describe_progress(PROGRESS)
    states = document.pop("states")
    assert document == {
        "machine": "brew",
        "name": "one",
        "arn": "arn:one",
        "status": "FAILED",
        "started": "2026-01-31T10:00:00.000+00:00",
        "stopped": "2026-01-31T10:01:15.000+00:00",
        "error": "NoMalt",
        "cause": "it is\x1b[31m empty",
        "seconds": 75.0,
    }
    assert states[1] == {
        "name": "Label",
        "type": "Pass",
        "status": "not reached",
        "times": 0,
        "began": None,
        "ended": None,
        "error": "",
        "items": None,
        "states": [],
    }
    assert states[0]["items"] == {"succeeded": 2, "failed": 1, "total": 3}
    assert [state["name"] for state in states[0]["states"]] == ["Fill"]
