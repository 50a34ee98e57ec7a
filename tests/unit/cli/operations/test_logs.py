"""`logs` with log groups in memory, and its lines as text and for JSON."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from fake_aws import FakeAws, refusal
from rich.console import Console

from domovoi_tf.cli import output
from domovoi_tf.cli.operations.logs import (
    LineFilter,
    describe_line,
    format_absence,
    format_line,
    logs,
    parse_since,
)
from domovoi_tf.operations.logs import Line

from ..conftest import Invoke

NOW = datetime(2026, 1, 31, 12, 0)
LINE = Line(int(NOW.timestamp() * 1000), "bar-dev", "tend", "id-1", "one\ntwo\x1b[2J\n")


def test_line_has_time_and_handler_and_is_indented() -> None:
    assert format_line(LINE, 6, "cyan", NOW).plain == ("12:00:00  tend    one\n                  two\\x1b[2J")
    assert format_line(LINE, 6, "cyan", NOW + timedelta(days=1)).plain.startswith("2026-01-31 12:00:00  tend")
    assert format_line(LINE._replace(handler=""), 6, "dim", NOW).plain.startswith("12:00:00  bar-dev  one")


@pytest.mark.parametrize(
    ("line_filter", "accepted"),
    [
        (LineFilter(None, None, False), True),
        (LineFilter("tend", "two", False), True),
        (LineFilter("pour", None, False), False),
        (LineFilter(None, "three", False), False),
    ],
)
def test_filter_selects_by_handler_and_text(line_filter: LineFilter, accepted: bool) -> None:
    assert line_filter.accepts(LINE) is accepted


def test_filter_shows_each_handler_that_the_function_does_not_start() -> None:
    error = LINE._replace(handler="", message="[ERROR] Runtime.ImportModuleError")
    assert not LineFilter("tend", None, False).accepts(error)
    assert LineFilter("tend", None, False).accepts(error._replace(concerns_all=True))


def test_filter_leaves_out_messages_of_lambda_unless_they_report_failures() -> None:
    message = LINE._replace(is_platform=True)
    assert not LineFilter(None, None, False).accepts(message)
    assert LineFilter(None, None, True).accepts(message)
    assert LineFilter(None, None, False).accepts(message._replace(failed=True))


def test_json_has_the_keys_that_programs_rely_on() -> None:
    assert describe_line(LINE._replace(handler="", request_id="")) == {
        "time": NOW.astimezone().isoformat(timespec="milliseconds"),
        "function": "bar-dev",
        "handler": None,
        "request_id": None,
        "message": "one\ntwo\x1b[2J",
    }


def test_since_is_in_milliseconds_and_other_text_is_a_usage_error() -> None:
    now = NOW.astimezone()
    assert parse_since("10m", now) == int((now - timedelta(minutes=10)).timestamp() * 1000)
    for text in ("yesterday", "99999999w"):
        with pytest.raises(click.BadParameter, match=f"'{text}' is not a valid time"):
            parse_since(text, now)


SINCE = ("--since", "2026-01-31")
APP = """from domovoi_tf import Domovoi

app = Domovoi()
reports = app.function("reports", timeout=300)


@app.sns_topic_subscriber("orders")
def tend(event, context): ...


@app.scheduled_function("rate(1 day)", function=reports)
def report(event, context): ...
"""


@pytest.fixture
def project(project: Path, aws: FakeAws) -> Path:
    """A project with two functions, each of which has logged one line."""
    times = {"/aws/lambda/bar-dev": 0, "/aws/lambda/bar-dev-reports": 1000}

    def filter_log_events(logGroupName: str, startTime: int) -> Any:
        message = f"of {logGroupName.rpartition('/')[2]}"
        event = {"timestamp": LINE.time + times[logGroupName], "message": message, "logStreamName": "a"}
        return {"events": [event]}

    aws.on("logs", "FilterLogEvents", filter_log_events)
    return project


@pytest.mark.usefixtures("project")
def test_logs_of_all_functions_are_printed_in_the_order_of_time(invoke: Invoke) -> None:
    assert [line.split()[-3:] for line in invoke(logs, *SINCE).out.splitlines()] == [
        ["tend", "of", "bar-dev"],
        ["report", "of", "bar-dev-reports"],
    ]
    documents = [json.loads(line) for line in invoke(logs, *SINCE, "--json").out.splitlines()]
    assert [(each["function"], each["handler"]) for each in documents] == [
        ("bar-dev", "tend"),
        ("bar-dev-reports", "report"),
    ]


@pytest.mark.usefixtures("project")
def test_logs_can_be_those_of_a_handler_or_with_a_text(invoke: Invoke, aws: FakeAws) -> None:
    assert [line.split()[-1] for line in invoke(logs, *SINCE, "report").out.splitlines()] == [
        "bar-dev-reports"
    ]
    assert [call["logGroupName"] for call in aws.made("FilterLogEvents")] == ["/aws/lambda/bar-dev-reports"]
    out = invoke(logs, *SINCE, "--filter", "reports").out
    assert [line.split()[-1] for line in out.splitlines()] == ["bar-dev-reports"]


@pytest.mark.usefixtures("project")
def test_logs_since_a_time_are_read_from_the_timeout_of_the_function_before(
    invoke: Invoke, aws: FakeAws
) -> None:
    """The request to which the first lines belong may have started that long before."""
    since = LINE.time + 500
    out = invoke(logs, "--since", datetime.fromtimestamp(since / 1000).isoformat()).out
    assert [line.split()[-1] for line in out.splitlines()] == ["bar-dev-reports"]
    starts = {call["logGroupName"]: call["startTime"] - since for call in aws.made("FilterLogEvents")}
    assert starts == {"/aws/lambda/bar-dev": -60_000, "/aws/lambda/bar-dev-reports": -300_000}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "No lines in the last 10 minutes. For older ones, add --since 1d.\n"),
        (("tend", "--since", "2h"), "No lines of tend since 2h.\n"),
        (("--filter", "malt", "--since", "2026-01-31"), "No lines with 'malt' since 2026-01-31.\n"),
        (("--json",), ""),
    ],
)
def test_logs_without_lines_say_so(
    project: Path,
    aws: FakeAws,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    expected: str,
) -> None:
    aws.on("logs", "FilterLogEvents", {"events": []})
    logs.main(arguments, standalone_mode=False)
    assert capfd.readouterr() == ("", expected)


def test_all_lines_have_no_time() -> None:
    assert format_absence("tend", None, None) == "No lines of tend."


@pytest.mark.usefixtures("project")
def test_app_without_log_groups_is_not_deployed(invoke: Invoke, aws: FakeAws) -> None:
    aws.on("logs", "FilterLogEvents", refusal("ResourceNotFoundException"))
    error = invoke(logs).error
    assert error
    assert error.message == "The log group /aws/lambda/bar-dev is not deployed in eu-west-1."


@pytest.mark.usefixtures("project")
def test_follow_prints_new_lines_until_ctrl_c(
    invoke: Invoke, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls: list[float] = []

    def sleep(seconds: float) -> None:
        polls.append(seconds)
        if len(polls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    done = invoke(logs, *SINCE, "-f")
    assert (done.code, len(done.out.splitlines()), len(aws.made("FilterLogEvents"))) == (0, 2, 6)


def test_each_handler_has_its_own_colour_on_a_terminal(
    invoke: Invoke, aws: FakeAws, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"tend{number}" for number in range(8)]
    handlers = (f"@app.sns_topic_subscriber('{name}')\ndef {name}(event, context): ...\n" for name in names)
    (project / "app.py").write_text(f"import domovoi_tf\n\napp = domovoi_tf.Domovoi()\n{''.join(handlers)}")
    requests = [
        (
            f"START RequestId: {name} Version: 1",
            f"domovoi_tf handler: {name} {name}",
            "poured",
            f"REPORT RequestId: {name}\t",
        )
        for name in names
    ]
    messages = [message for request in requests for message in request]
    events = [
        {"timestamp": LINE.time + number, "message": message, "logStreamName": "a"}
        for number, message in enumerate(messages)
    ]
    aws.on("logs", "FilterLogEvents", {"events": events})
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="standard", width=80)
    monkeypatch.setattr(output, "open_console", lambda: console)
    invoke(logs, *SINCE)
    colours = re.findall(r"\x1b\[(\d+)mtend\d", screen.getvalue())
    assert len(colours) == len(set(colours) - {"0"}) == len(names)
