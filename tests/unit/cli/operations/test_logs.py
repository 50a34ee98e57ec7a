"""Lines of logs as text and for JSON."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
import pytest

from domovoi_tf.cli.operations.logs import LineFilter, describe_line, format_line, parse_since
from domovoi_tf.operations.logs import Line

NOW = datetime(2026, 1, 31, 12, 0)
LINE = Line(int(NOW.timestamp() * 1000), "bar-dev", "tend", "id-1", "one\ntwo\x1b[2J\n")


def test_line_has_time_and_handler_and_is_indented() -> None:
    assert format_line(LINE, 6, "cyan", NOW).plain == ("12:00:00  tend    one\n                  two�[2J")
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
