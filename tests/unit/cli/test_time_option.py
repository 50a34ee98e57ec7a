"""Points in time that users write."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from domovoi_tf.cli.time_option import parse_time

ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("30s", datetime(2026, 1, 31, 11, 59, 30, tzinfo=ZONE)),
        ("10m", datetime(2026, 1, 31, 11, 50, tzinfo=ZONE)),
        ("1h30m", datetime(2026, 1, 31, 10, 30, tzinfo=ZONE)),
        ("1w2d", datetime(2026, 1, 22, 12, 0, tzinfo=ZONE)),
        ("9:30", datetime(2026, 1, 31, 9, 30, tzinfo=ZONE)),
        ("17:30", datetime(2026, 1, 30, 17, 30, tzinfo=ZONE)),
        ("09:30:15", datetime(2026, 1, 31, 9, 30, 15, tzinfo=ZONE)),
        ("2026-01-30T08:00", datetime(2026, 1, 30, 8, 0, tzinfo=ZONE)),
        ("2026-01-30 08:00:05", datetime(2026, 1, 30, 8, 0, 5, tzinfo=ZONE)),
        ("2026-01-30", datetime(2026, 1, 30, tzinfo=ZONE)),
        ("2026-01-30T08:00:00Z", datetime(2026, 1, 30, 8, 0, tzinfo=timezone.utc)),
        ("2026-01-30T08:00:00+05:00", datetime(2026, 1, 30, 3, 0, tzinfo=timezone.utc)),
    ],
)
def test_ages_times_of_day_and_dates_are_parsed(text: str, time: datetime) -> None:
    assert parse_time(text, NOW) == time


@pytest.mark.parametrize("text", ["", "10", "m", "10x", "25:00", "yesterday", "2026-13-01", "-10m"])
def test_other_text_is_rejected(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text, NOW)
