"""Matches the lines of two texts in a time that grows with their length, also if many lines are the same.

Lines that occur once in both texts are matched first, and then those between them ("patience diff"). In
rendered files many lines repeat, such as closing braces; difflib compares each of them with all others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher


class LineMatcher(SequenceMatcher[str]):
    """Compares two sequences of lines.

    Args:
        old: the lines before.
        new: the lines after.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__()
        self.a, self.b = old, new

    def get_matching_blocks(self) -> list[Match]:
        """Returns the runs of lines that are the same in both, as difflib does."""
        blocks: list[Match] = []
        for each in self._list_matches():
            last = blocks[-1] if blocks else Match(-1, -1, 0)
            if (last.a + last.size, last.b + last.size) == (each.a, each.b):
                blocks[-1] = Match(last.a, last.b, last.size + each.size)
            else:
                blocks.append(each)
        return [*blocks, Match(len(self.a), len(self.b), 0)]

    def _list_matches(self) -> Iterator[Match]:
        i = j = 0
        for next_i, next_j in [*_find_anchors(self.a, self.b), (len(self.a), len(self.b))]:
            for each in _match_between(self.a[i:next_i], self.b[j:next_j]):
                yield Match(i + each.a, j + each.b, each.size)
            if next_i < len(self.a):
                yield Match(next_i, next_j, 1)
            i, j = next_i + 1, next_j + 1


def _find_anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Returns the positions of the longest series of lines that occur once in both texts, in order."""
    once = {line for line, count in Counter(old).items() if count == 1}
    once &= {line for line, count in Counter(new).items() if count == 1}
    positions = {line: index for index, line in enumerate(new) if line in once}
    ends: list[int] = []  # the smallest last position in the new text of a series of each length
    lasts: list[int] = []
    chain: dict[int, int] = {}
    pairs = [(index, positions[line]) for index, line in enumerate(old) if line in once]
    for index, (_, position) in enumerate(pairs):
        length = bisect_left(ends, position)
        ends[length : length + 1], lasts[length : length + 1] = [position], [index]
        chain[index] = lasts[length - 1] if length else -1
    anchors = []
    index = lasts[-1] if lasts else -1
    while index >= 0:
        anchors.append(pairs[index])
        index = chain[index]
    return anchors[::-1]


def _match_between(old: Sequence[str], new: Sequence[str]) -> Iterator[Match]:
    """Yields the matches between two anchors: the beginning, the end, and what difflib finds in between."""
    shorter = min(len(old), len(new))
    start = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    end = next(
        (index for index in range(shorter - start) if old[-1 - index] != new[-1 - index]), shorter - start
    )
    if start:
        yield Match(0, 0, start)
    middle = old[start : len(old) - end], new[start : len(new) - end]
    # Lines that repeat often are left out of the comparison of long texts.
    for each in SequenceMatcher(None, *middle, autojunk=True).get_matching_blocks()[:-1]:
        yield Match(start + each.a, start + each.b, each.size)
    if end:
        yield Match(len(old) - end, len(new) - end, end)
