"""Checks schedule expressions (rate, cron and at), time zones and inputs."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


MAX_SCHEDULE_LENGTH = 256
#: The limits of the input of a rule's target, in characters, and of an asynchronous invocation, in bytes.
#: EventBridge Scheduler documents none of its own.
MAX_INPUT_LENGTH, MAX_INPUT_SIZE = 8192, 1024 * 1024


MAX_TIMEZONE_LENGTH = 50


MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


#: The fields of cron(): name, minimum, maximum, names of values, pattern of other values.
FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day-of-month", 1, 31, [], r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    ("month", 1, 12, MONTHS, ""),
    ("day-of-week", 1, 7, DAYS, r"\?|L|([1-7]|" + "|".join(DAYS) + r")(L|#[1-5])"),
    ("year", 1970, 2199, [], ""),
)


def check_schedule(schedule: str) -> str:
    """Returns the reason why a schedule is not valid, or an empty string if it is."""
    form = re.fullmatch(r"(rate|cron|at)\((.*)\)", schedule)
    if not form:
        return "it is not rate(...), cron(...) or at(...)"
    return {"rate": _check_rate, "cron": _check_cron, "at": _check_at}[form[1]](form[2])


def suggest_schedule(schedule: str) -> str:
    """Returns the remedy for a crontab's schedule, such as ``*/5 * * * *``; empty if it is another text.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    """
    form = re.fullmatch(r"(?:cron\()?([^()]*?)\)?", schedule)
    fields = form[1].split() if form else []
    if len(fields) != len(FIELDS) - 1:
        return ""
    minutes, hours, day, month, weekday = fields
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day, weekday = "?", _convert_weekdays(weekday.upper())
    suggestion = f"cron({minutes} {hours} {day} {month.upper()} {weekday} *)"
    return "" if check_schedule(suggestion) else f"Write {suggestion}, which is AWS's form of it."


def _convert_weekdays(field: str) -> str:
    """Converts the numbers of a crontab, whose Sunday is 0 or 7, to the names of days; steps remain."""
    values, slash, step = field.partition("/")
    names = re.sub(r"\d+", lambda number: DAYS[int(number[0]) % 7], values)
    return f"{names}{slash}{step}"


def _check_rate(text: str) -> str:
    rate = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text, re.ASCII)
    if not rate:
        return "a rate is a positive whole number, a space, and minute(s), hour(s) or day(s)"
    number, unit, plural = rate.groups()
    if (number == "1") == bool(plural):
        return f"the unit after {number} is {unit}{'' if plural else 's'}"
    return ""


def _check_cron(text: str) -> str:
    parts = text.split(" ")
    fields = len(text.split())
    if fields != len(FIELDS):
        return f"cron has {len(FIELDS)} fields, and this has {fields}"
    if len(parts) != fields:
        return "the fields of cron are separated by one space"
    for part, (name, least, greatest, names, pattern) in zip(parts, FIELDS, strict=True):
        if not (pattern and re.fullmatch(pattern, part)) and not all(
            _is_item(item, least, greatest, names) for item in part.split(",")
        ):
            return f"{part!r} is not a value of {name} ({least} to {greatest})"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day-of-month and day-of-week must be ?"
    return ""


def _check_at(text: str) -> str:
    from datetime import datetime

    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text, re.ASCII):
        return "the time must have the form yyyy-mm-ddThh:mm:ss"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return "there is no such date or time"
    return ""


def check_timezone(name: str) -> Iterator[tuple[str, str]]:
    """Yields the problems of a time zone: message and remedy."""
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = available_timezones()  # empty on a machine without the database
    if zones and name not in zones:
        matches = get_close_matches(name, sorted(zones), 1)
        hint = f"Did you mean '{matches[0]}'? " if matches else ""
        yield (
            f"the time zone {name!r} is not in the IANA database",
            f"{hint}Give an IANA name, such as 'Europe/Vienna'.",
        )
    elif len(name) > MAX_TIMEZONE_LENGTH or not re.fullmatch(r"[A-Za-z][\w+-]*(/[\w+-]+)*", name, re.ASCII):
        yield f"the time zone {name!r} is malformed", "Give its IANA name, such as 'Europe/Vienna'."


def _is_item(item: str, least: int, greatest: int, names: list[str]) -> bool:
    values, _, step = item.partition("/")
    if "/" in item and not (_is_number(step) and int(step) > 0):
        return False
    return values == "*" or all(
        value in names or (_is_number(value) and least <= int(value) <= greatest)
        for value in values.split("-", 1)
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


def check_input(text: str, noun: str) -> Iterator[tuple[str, str]]:
    """Yields the problem of an input that is too long: message and remedy.

    Args:
        text: the input as JSON.
        noun: what sends the input, a rule or a schedule of EventBridge Scheduler.
    """
    size = len(text.encode(errors="replace"))
    if noun == "rule" and len(text) > MAX_INPUT_LENGTH:
        yield (
            f"the input has {len(text)} characters as JSON",
            f"EventBridge accepts at most {MAX_INPUT_LENGTH}, including the task's name. Shorten it.",
        )
    elif noun != "rule" and size > MAX_INPUT_SIZE:
        yield (
            f"the input has {size} bytes as JSON",
            f"Lambda accepts at most {MAX_INPUT_SIZE} from EventBridge Scheduler, including the task's "
            "name. Shorten it.",
        )
