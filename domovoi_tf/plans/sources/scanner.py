"""Moves through a text in Terraform's language: over blanks, names, strings and brackets."""

from __future__ import annotations

import re

BLANK = re.compile(r"(?:[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
SPACE = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
NAME = re.compile(r"[A-Za-z_][\w-]*")
TEXT = re.compile(r'(?:[^"\\$%]|\\.|\$\$\{|%%\{|[$%](?!\{))+', re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_HEREDOC = re.compile(r"<<-?(\w+)\n.*?^[ \t]*\1$", re.DOTALL | re.MULTILINE)
INDEX = re.compile(r'\[(?:"[^"\\$]*"|\d+)\]')
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class SourceError(ValueError):
    """The text is not Terraform's language, as far as it is known here."""


class Scanner:
    """A position in a text.

    Args:
        text: the text.
    """

    def __init__(self, text: str) -> None:
        self._text, self._position = text, 0

    def _read_name(self) -> str:
        match = NAME.match(self._text, self._position)
        if not match:
            raise SourceError(f"a name is missing at {self._position}")
        self._position = match.end()
        return match[0]

    def _read_ahead(self) -> str:
        """Returns the name that follows, without moving; empty if something else does."""
        match = SPACE.match(self._text, self._position)
        name = NAME.match(self._text, match.end() if match else self._position)
        return name[0] if name else ""

    def _expect(self, sign: str) -> None:
        self._skip(SPACE)
        if not self._is_at(sign):
            raise SourceError(f"{sign} is missing at {self._position}")
        self._position += len(sign)

    def _skip_rest(self) -> None:
        """Moves to the end of an expression: a comma, a line feed or a closing sign outside of brackets."""
        while self._position < len(self._text) and self._text[self._position] not in ",]})\n":
            self._skip_one()

    def _skip_until(self, end: str) -> None:
        while self._position < len(self._text) and not self._is_at(end):
            self._skip_one()

    def _skip_one(self) -> None:
        """Moves behind a character, a string, a comment, or everything in brackets."""
        character = self._text[self._position]
        if character == '"':
            self._skip_string()
        elif character in _CLOSING:
            self._position += 1
            self._skip_until(_CLOSING[character])
            self._position += 1
        elif match := _COMMENT.match(self._text, self._position) or _HEREDOC.match(
            self._text, self._position
        ):
            self._position = match.end()
        else:
            self._position += 1

    def _skip_string(self) -> None:
        self._position += 1
        while not self._is_at('"'):
            if match := TEXT.match(self._text, self._position):
                self._position = match.end()
            elif self._is_at("${") or self._is_at("%{"):
                self._position += 2
                self._skip_until("}")
                self._position += 1
            else:
                raise SourceError("a string does not end")
        self._position += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self._text, self._position):
            self._position = match.end()

    def _is_at(self, sign: str) -> bool:
        return self._text.startswith(sign, self._position)
