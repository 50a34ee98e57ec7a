"""Counts in words, and text without colours."""

from __future__ import annotations

import pytest

from domovoi_tf.system.text import format_count, strip_colours


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_noun_is_in_the_plural_unless_there_is_one(number: int, text: str) -> None:
    assert format_count(number, "file") == text


def test_colours_are_stripped() -> None:
    assert strip_colours("\x1b[1m\x1b[31mError:\x1b[0m no beer\x1b[m\n") == "Error: no beer\n"
