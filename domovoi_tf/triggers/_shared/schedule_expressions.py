"""Checks schedule expressions: rate, cron and at."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST_SCHEDULE = 256


LONGEST_TIMEZONE = 50


MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


#: The fields of cron(): name, least, greatest, names of values, further forms.
FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day-of-month", 1, 31, [], r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    ("month", 1, 12, MONTHS, ""),
    ("day-of-week", 1, 7, DAYS, r"\?|L|([1-7]|" + "|".join(DAYS) + r")(L|#[1-5])"),
    ("year", 1970, 2199, [], ""),
)


def _wrong(schedule: object) -> str:
    if not isinstance(schedule, str):
        return "it is not a string"
    form = re.fullmatch(r"(rate|cron|at)\((.*)\)", schedule)
    if not form:
        return "it is none of rate(...), cron(...) and at(...)"
    return {"rate": _wrong_rate, "cron": _wrong_cron, "at": _wrong_at}[form[1]](form[2])


def _wrong_rate(text: str) -> str:
    rate = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text, re.ASCII)
    if not rate:
        return "a rate is a positive whole number, a space, and minute(s), hour(s) or day(s)"
    number, unit, plural = rate.groups()
    if (number == "1") == bool(plural):
        return f"{number} takes the unit {unit}{'' if plural else 's'}"
    return ""


def _wrong_cron(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(FIELDS) or "" in parts:
        return f"cron takes six fields separated by one space, not {len(text.split())}"
    for part, (name, least, greatest, names, further) in zip(parts, FIELDS, strict=True):
        if not (further and re.fullmatch(further, part)) and not all(
            _is_item(item, least, greatest, names) for item in part.split(",")
        ):
            return f"{part!r} is not a value of {name} ({least} to {greatest})"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day-of-month and day-of-week is ?"
    return ""


def _wrong_at(text: str) -> str:
    from datetime import datetime

    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text, re.ASCII):
        return "a time is yyyy-mm-ddThh:mm:ss"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return "there is no such date and time"
    return ""


def _wrong_timezone(name: object) -> Iterator[tuple[str, str]]:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    known = available_timezones()  # none on a machine without the database
    if not isinstance(name, str):
        yield f"the timezone is {name!r}", "Give its IANA name, such as 'Europe/Vienna'."
    elif known and name not in known:
        near = get_close_matches(name, sorted(known), 1)
        yield (
            f"the timezone {name!r} is not in the IANA database",
            f"{f'Did you mean {near[0]}? ' if near else ''}Give a name such as 'Europe/Vienna'.",
        )
    elif len(name) > LONGEST_TIMEZONE or not re.fullmatch(r"[A-Za-z][\w+-]*(/[\w+-]+)*", name, re.ASCII):
        yield f"the timezone {name!r} is malformed", "Give its IANA name, such as 'Europe/Vienna'."


def _is_item(item: str, least: int, greatest: int, names: list[str]) -> bool:
    values, _, step = item.partition("/")
    if "/" in item and not (step.isascii() and step.isdecimal() and int(step) > 0):
        return False
    return values == "*" or all(
        value in names or (value.isascii() and value.isdecimal() and least <= int(value) <= greatest)
        for value in values.split("-", 1)
    )
