"""Counts in words, and text without colours."""

from __future__ import annotations

import pytest

from domovoi_tf.system.text import escape_controls, escape_line, format_count, strip_colours


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_noun_is_in_the_plural_unless_there_is_one(number: int, text: str) -> None:
    assert format_count(number, "file") == text


def test_colours_are_stripped() -> None:
    assert strip_colours("\x1b[1m\x1b[31mError:\x1b[0m no beer\x1b[m\n") == "Error: no beer\n"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x1b]0;OWNED\x07\x1b[2J", r"\x1b]0;OWNED\x07\x1b[2J"),
        ("\x00\x08\x0b\x0c\r\x1f\x7f", r"\x00\x08\x0b\x0c\r\x1f\x7f"),
        ("\x80\x85\x9b\x9f", r"\x80\x85\x9b\x9f"),
        ("\u061c\u200e\u200f\u2028\u2029", r"\u061c\u200e\u200f\u2028\u2029"),
        ("\u202a\u202e\u2066\u2069", r"\u202a\u202e\u2066\u2069"),
        ("\ud800\udfff", r"\ud800\udfff"),
        ("Kölsch 🍺 \xa0\u200d\\", "Kölsch 🍺 \xa0\u200d\\"),
    ],
)
def test_characters_that_a_terminal_would_obey_are_escaped(text: str, escaped: str) -> None:
    assert escape_controls(text) == escape_line(text) == escaped


def test_only_a_single_line_has_escapes_of_tabs_and_line_feeds() -> None:
    assert (escape_controls("a\tb\nc"), escape_line("a\tb\nc")) == ("a\tb\nc", r"a\tb\nc")
