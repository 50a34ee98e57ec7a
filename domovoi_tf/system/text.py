"""Formats text for users, and strips the colours from the text of programs."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def format_count(number: int, noun: str) -> str:
    """Returns a number with its noun, such as "1 resource" or "2 resources".

    Args:
        number: the number.
        noun: the noun in the singular; its plural ends with "s".
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def strip_colours(text: str) -> str:
    """Returns a text without the escape sequences that colour it on a terminal.

    Args:
        text: the text.
    """
    return _COLOUR.sub("", text)
