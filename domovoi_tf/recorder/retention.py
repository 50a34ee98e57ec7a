"""Removes the oldest records, so that their number and size stay within limits."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The limits of what is kept.

    Args:
        events: the maximum number of events.
        megabytes: the maximum size of their payloads, results and logs, in megabytes.
    """

    events: int = 10_000
    megabytes: float = 200


def remove_oldest(connection: sqlite3.Connection, limits: Limits) -> int:
    """Removes the oldest runs until the others are within the limits; the newest one always stays.

    Args:
        connection: the file, in a transaction.
        limits: the limits.

    Returns:
        The number of runs that were removed.
    """
    number, size = connection.execute("SELECT number, bytes FROM totals").fetchone()
    last = removed = 0
    for id_, bytes_ in connection.execute("SELECT id, size FROM runs ORDER BY id"):
        if number <= max(limits.events, 1) and (size <= limits.megabytes * _MEGABYTE or number == 1):
            break
        last, number, size, removed = id_, number - 1, size - bytes_, removed + 1
    if removed:
        connection.execute("DELETE FROM runs WHERE id <= ?", (last,))
    return removed
