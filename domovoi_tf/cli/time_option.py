"""Points in time as people type them: how long ago, or when."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(?:\d+[smhdw])+")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def moment(text: str, now: datetime) -> datetime:
    """Returns the moment that a text means.

    Args:
        text: how long ago, as ``10m``, ``2h`` or ``1h30m``; or when, as ``17:30`` (the last one) or
            ``2026-01-31T17:30``, in the time zone of this machine where it names none.
        now: the present moment, with its time zone.

    Raises:
        ValueError: it means none.
    """
    if _AGO.fullmatch(text):
        given = {_UNITS[unit]: 0 for unit in _UNITS}
        for number, unit in re.findall(r"(\d+)([smhdw])", text):
            given[_UNITS[unit]] += int(number)
        return now - timedelta(**given)
    if _CLOCK.fullmatch(text):
        at = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M")
        today = now.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
        return today if today <= now else today - timedelta(days=1)
    found = datetime.fromisoformat(text.removesuffix("Z") + ("+00:00" if text.endswith("Z") else ""))
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
