"""`dev` before it starts anything."""

from __future__ import annotations

from ..conftest import Fails


def test_wrong_pattern_is_an_error_before_anything_is_started(fails: Fails) -> None:
    assert fails("dev", "--redact", "(a") == (
        "Error: The pattern '(a' for redaction is not a regular expression: missing ), unterminated "
        "subpattern at position 0.\n"
        "Correct the pattern. A backslash before a character makes it stand for itself.\n"
    )
