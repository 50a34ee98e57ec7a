"""Parses points in time that users write: an age such as 10m, a time of day, or a date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(?:\d+[smhdw])+")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def parse_time(text: str, now: datetime) -> datetime:
    """Parses an age or a point in time.

    Args:
        text: an age such as ``10m``, ``2h`` or ``1h30m``; a time of day such as ``17:30``, which is the last
            one before now; or a date such as ``2026-01-31T17:30``, in the time zone of ``now`` unless it
            names one.
        now: the current time, with its time zone.

    Raises:
        ValueError: the text has none of these forms.
    """
    if _AGE.fullmatch(text):
        age = {_UNITS[unit]: 0 for unit in _UNITS}
        for number, unit in re.findall(r"(\d+)([smhdw])", text):
            age[_UNITS[unit]] += int(number)
        return now - timedelta(**age)
    if _CLOCK.fullmatch(text):
        clock = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M")
        today = now.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
        return today if today <= now else today - timedelta(days=1)
    # Python 3.10 does not parse the suffix Z.
    time = datetime.fromisoformat(text.removesuffix("Z") + ("+00:00" if text.endswith("Z") else ""))
    return time if time.tzinfo else time.replace(tzinfo=now.tzinfo)
