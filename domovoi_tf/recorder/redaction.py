"""Replaces secrets in events, results and logs before they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from domovoi_tf.errors import DomovoiError

REDACTED = "[redacted]"


class Redactor:
    """Replaces what patterns match.

    Args:
        patterns: regular expressions.

    Raises:
        DomovoiError: a pattern is not a regular expression.

    https://docs.python.org/3/library/re.html#regular-expression-syntax
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = [_compile(pattern) for pattern in patterns]

    def redact(self, value: Any) -> Any:
        """Returns a JSON value with `REDACTED` in place of what a pattern matches in its strings.

        A number is replaced if a pattern matches a part of it, and a member of an object if a pattern matches
        its whole key.

        Args:
            value: the value.
        """
        return self._replace(value) if self._patterns else value

    def redact_text(self, text: str) -> str:
        """Returns a text with `REDACTED` in place of what a pattern matches."""
        for pattern in self._patterns:
            text = pattern.sub(REDACTED, text)
        return text

    def _replace(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: REDACTED if self._is_secret(key) else self._replace(inner)
                for key, inner in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._replace(inner) for inner in value]
        if isinstance(value, str):
            return self.redact_text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return REDACTED if any(pattern.search(repr(value)) for pattern in self._patterns) else value
        return value

    def _is_secret(self, key: object) -> bool:
        return any(pattern.fullmatch(str(key)) for pattern in self._patterns)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise DomovoiError(
            f"The pattern {pattern!r} for redaction is not a regular expression: {error}.",
            "Correct the pattern. A backslash before a character makes it stand for itself.",
        ) from None
