"""Parses the project's JSON files strictly, and names the places of problems in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError, join_problems
from domovoi_tf.system.reading.json_mistakes import TextMistakeError, decode_text, find_json_mistake
from domovoi_tf.system.reading.json_nodes import KEEP_ONE, find_duplicates, index_paths, parse_nodes
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.records import Record
from domovoi_tf.system.text import find_deep_json, locate_offset, reject_constant

#: More levels than any valid configuration or policy has.
MAX_DEPTH = 64
#: Python parses 4300 at most, and Terraform 155.
_MAX_DIGITS = 1000
#: The escapes in a string, of which that of a pair of surrogates is one.
_ESCAPE = re.compile(r"\\(u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)", re.DOTALL)
#: The size of a file. All policies of a role together have at most 10,240 characters.
_MAX_BYTES = 1024 * 1024


class Document(Record):
    """A JSON file.

    Args:
        name: the file's name in messages.
        text: its text, which `parse_json` accepts.
    """

    name: str
    text: str

    def list_duplicates(self) -> Iterator[str]:
        """Yields a problem for each key that its object has already; it begins with a JSON path."""
        for each in find_duplicates(self.text):
            yield f"{each.message}. {KEEP_ONE}"

    def place(self, problem: str) -> str:
        """Adds the file to a problem, and the line of the JSON path with which it begins.

        The line is that of the nearest level that exists, if the path names something that is missing.
        """
        paths = [
            path
            for path in self._places
            if problem.startswith((f"{path}:", f"{path},", f"{path}.", f"{path}["))
        ]
        if not paths:
            return f"{self.name}: {problem}"
        line, _ = locate_offset(self.text, self._places[max(paths, key=len)])
        return f"{self.name}:{line}: {problem}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return index_paths(parse_nodes(self.text))


def read_text(path: Path, name: str) -> str:
    """Returns the text of a file.

    Args:
        path: the path of the file.
        name: the file's name in messages.

    Raises:
        SettingsError: the file is not UTF-8, cannot be read, is not a regular file, or is too large.
    """
    try:
        return decode_text(read_regular_file(path, _MAX_BYTES))
    except OSError as error:
        reason = f"{name}: cannot be read: {error.strerror}."
        raise SettingsError(reason, "Write it as a regular UTF-8 JSON file.") from None
    except TextMistakeError as mistake:
        where = f"{name}:{mistake.line}:{mistake.column}"
        raise SettingsError(f"{where}: {mistake.message}.", mistake.remedy) from None


def parse_json(text: str, name: str) -> Any:
    """Parses a JSON text.

    Args:
        text: the text.
        name: the file's name in messages.

    Raises:
        SettingsError: the text is not valid JSON, is nested too deeply, or has strings that are not text. The
            message has the line and the column.
    """
    _check_depth(text, name)
    try:
        document = json.loads(text, parse_constant=reject_constant, parse_int=_parse_integer)
    except ValueError as error:
        mistake = find_json_mistake(text, error)
        if mistake is None:
            raise SettingsError(f"{name}: this is not valid JSON: {error}.", "Correct the file.") from None
        where = f"{name}:{mistake.line}:{mistake.column}"
        raise SettingsError(f"{where}: this is not valid JSON: {mistake.message}.", mistake.remedy) from None
    if problems := list(_check_escapes(text, name)):
        raise join_problems(SettingsError, problems)
    return document


def format_position(text: str, at: int) -> str:
    """Returns the line and the column of an offset in a text, counted from 1."""
    line, column = locate_offset(text, at)
    return f"{line}:{column}"


def _check_depth(text: str, name: str) -> None:
    at = find_deep_json(text, MAX_DEPTH)
    if at is not None:
        where = f"{name}:{format_position(text, at)}"
        raise SettingsError(f"{where}: a value is nested more than {MAX_DEPTH} levels deep.", "Flatten it.")


def _check_escapes(text: str, name: str) -> Iterator[str]:
    """Yields a problem for each escape of a character that no text has. Only escapes can write them."""
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1][1:], 16) if len(escape[1]) == 5 else None
        if code == 0:
            problem = "the string contains a NUL character, which AWS rejects. Remove it."
        elif code is not None and 0xD800 <= code <= 0xDFFF:
            problem = (
                f"the string contains one half of a surrogate pair ({escape[0]}), which is not a character. "
                "Write the whole character."
            )
        else:
            continue
        yield f"{name}:{format_position(text, escape.start())}: {problem}"


def _parse_integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)
