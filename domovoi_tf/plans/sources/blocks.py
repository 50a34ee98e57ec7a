"""Locates the outermost blocks of a file in Terraform's language, with the comments above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from domovoi_tf.plans.sources.scanner import SPACE, Scanner

#: The comments directly above a block.
_COMMENTS = re.compile(r"(?:^#[^\n]*\n)+\Z", re.MULTILINE)
_LABEL = re.compile(r'"([^"\n]*)"|([A-Za-z_][\w-]*)')


class LocatedBlock(NamedTuple):
    """A block: its type, such as ``resource``, its labels, the number of its first line, and its text.

    The text begins with the comments directly above the block, but ``line`` is that of the block itself.
    """

    type: str
    labels: tuple[str, ...]
    line: int
    text: str


def locate_blocks(text: str) -> Iterator[LocatedBlock]:
    """Yields the outermost blocks of a file.

    Args:
        text: the content of the file.

    Raises:
        SourceError: it cannot be parsed.
    """
    return _Locator(text).locate()


class _Locator(Scanner):
    def locate(self) -> Iterator[LocatedBlock]:
        self._skip(SPACE)
        while self._position < len(self._text):
            start = self._position
            type_ = self._read_name()
            header = self._position
            while self._position < len(self._text) and not self._is_at("{"):
                self._skip_one()
            labels = tuple(
                quoted or bare for quoted, bare in _LABEL.findall(self._text[header : self._position])
            )
            if self._position < len(self._text):
                self._skip_one()
            comments = _COMMENTS.search(self._text, 0, start)
            first = comments.start() if comments else start
            line = self._text.count("\n", 0, start) + 1
            yield LocatedBlock(type_, labels, line, self._text[first : self._position])
            self._skip(SPACE)
