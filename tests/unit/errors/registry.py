"""The registry: the messages of the code with their remedies, as `registry.txt` has them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from .extraction import Extractor, Found
from .reviewed import PASSED_ON
from .sources import PACKAGE, Code
from .texts import MIN_LETTERS, compile_text, count_letters, drop_place, format_text, list_literals

FILE = Path(__file__).with_name("registry.txt")
#: The sign for a line break in a message or a remedy.
BREAK = "↵"


class Entry(NamedTuple):
    """A message with its remedies.

    Args:
        path: the file in which the message is written, relative to the package.
        kind: ``error``, ``problem``, ``explanation``, ``finding``, ``usage`` or ``warning``.
        message: the message, with placeholders.
        remedies: the remedies, of which a run shows one; none if the message contains it.
        line: the line of the message; 0 if it is not known.
    """

    path: str
    kind: str
    message: str
    remedies: tuple[str, ...]
    line: int = 0

    @property
    def identity(self) -> tuple[str, str, str, tuple[str, ...]]:
        return self[:4]


def extract_texts() -> tuple[Found, ...]:
    """Returns the messages in the code."""
    return tuple(Extractor(Code()).extract())


def collect_entries(found_texts: Iterable[Found]) -> tuple[Entry, ...]:
    """Returns the entries of messages, in the order of the files and lines.

    Args:
        found_texts: the messages in the code.
    """
    remedies: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    lines: dict[tuple[str, str, str], int] = {}
    for found in found_texts:
        if is_passed_on(found):
            continue
        key = (found.path.removeprefix(f"{PACKAGE}/"), found.kind, _write(found))
        lines.setdefault(key, found.line)
        if found.remedy:
            remedies[key].setdefault(format_text(found.remedy).replace("\n", BREAK))
    entries = [Entry(*key, tuple(remedies[key]), line) for key, line in lines.items()]
    return tuple(sorted(entries, key=lambda entry: (entry.path, entry.line)))


def is_vague(found: Found) -> bool:
    """Whether a message and its remedy have too few words to be told from others."""
    own = count_letters(drop_place(found.message), shortest=True)
    advice = count_letters(found.remedy)
    return own < 2 or (own < MIN_LETTERS and advice < 3)


def is_passed_on(found: Found) -> bool:
    """Whether a message consists of texts that another entry has."""
    place = (found.sink[0].removeprefix(f"{PACKAGE}/"), found.sink[1])
    return place in PASSED_ON and count_letters(drop_place(found.message), shortest=True) < MIN_LETTERS


def _write(found: Found) -> str:
    return format_text(drop_place(found.message)).strip().replace("\n", BREAK)


def render_entries(entries: Iterable[Entry]) -> str:
    """Returns entries as the text of the registry: a file, its messages, and the remedies of each."""
    lines = []
    path = ""
    for entry in entries:
        if entry.path != path:
            path = entry.path
            lines += ["", path]
        lines.append(f"  {entry.kind}: {entry.message}")
        lines += [f"    {remedy}" for remedy in entry.remedies]
    return "\n".join([*lines[1:], ""])


def parse_entries(text: str) -> Iterator[Entry]:
    """Yields the entries of the text of a registry."""
    path = kind = message = ""
    remedies: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("    "):
            remedies.append(line[4:])
            continue
        if message:
            yield Entry(path, kind, message, tuple(remedies))
            message, remedies = "", []
        if line.startswith("  "):
            kind, _, message = line[2:].partition(": ")
        elif line:
            path = line


class Pattern(NamedTuple):
    """The form of a message and of its remedy.

    Args:
        literals: the texts that each such message contains. They are looked for first: regular expressions
            with many placeholders take minutes to reject a long text.
        own: the regular expression of the message.
        advice: the regular expression of the remedy.
    """

    literals: tuple[str, ...]
    own: re.Pattern[str]
    advice: re.Pattern[str]

    def matches(self, searched: str, message: str, remedy: str) -> bool:
        """Whether a message and a remedy have the form; ``searched`` is the text that has the literals."""
        has_literals = all(each in searched for each in self.literals)
        return has_literals and bool(self.own.fullmatch(message) and self.advice.fullmatch(remedy))


class Registry:
    """The entries, for finding the one that a message has.

    Args:
        entries: the entries.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)

    @cached_property
    def _patterns(self) -> list[Pattern]:
        return [
            Pattern(_list_literals(each), *(re.compile(text, re.DOTALL) for text in texts))
            for each in self.entries
            for texts in [(rf"(?:.*?: )?{_join(each.message)}", _join(*(each.remedies or ("",))))]
        ]

    @cached_property
    def _whole_patterns(self) -> list[Pattern]:
        """Patterns for texts that have the remedy after the message, and may begin with a small letter."""
        flags = re.DOTALL | re.IGNORECASE
        nothing = re.compile("")
        return [
            Pattern(
                tuple(text.lower() for text in _list_literals(each)),
                re.compile(rf"(?:.*?: )?{_join(each.message)}\.?\s+{_join(*each.remedies)}", flags),
                nothing,
            )
            for each in self.entries
            if each.remedies
        ]

    def has(self, message: str, remedy: str) -> bool:
        """Whether an entry has a message and a remedy.

        Args:
            message: the message, which can contain the remedy.
            remedy: the remedy; empty if there is none.
        """
        if any(each.matches(message, message, remedy) for each in self._patterns):
            return True
        lowered = message.lower()
        return not remedy and any(each.matches(lowered, message, "") for each in self._whole_patterns)


def _list_literals(entry: Entry) -> tuple[str, ...]:
    return list_literals(entry.message.replace(BREAK, "\n"))


def _join(*texts: str) -> str:
    """Returns a regular expression for one of several texts."""
    return f"(?:{'|'.join(compile_text(text.replace(BREAK, chr(10))) for text in texts)})"


def read_registry() -> Registry:
    """Returns the registry as it is stored."""
    return Registry(parse_entries(FILE.read_text(encoding="utf-8")))
