"""Removes the markers that Git writes around conflicting lines.

https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MARKER = re.compile(r"(<{7}|>{7}|\|{7})(?: .*)?\r?|(={7})\r?")


def drop_markers(lines: Iterable[str]) -> Iterator[str]:
    """Yields the lines of both sides of each conflict, without the markers and without the common ancestor's.

    Args:
        lines: the lines of a file, without line feeds.
    """
    is_ancestor = False
    for line in lines:
        if marker := _MARKER.fullmatch(line):
            is_ancestor = marker[1] == "|" * 7
        elif not is_ancestor:
            yield line
