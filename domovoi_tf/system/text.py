"""Formats text for users, and makes the text of programs and of AWS safe to print."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Code points that act on a terminal, reorder or break lines, or that no encoding has: C0 except tab and line
#: feed, DEL, C1, bidirectional controls, line and paragraph separators, and halves of surrogate pairs.
#: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
UNSAFE = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[{UNSAFE}]")
_UNSAFE_IN_LINE = re.compile(f"[{UNSAFE}\\t\\n]")


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


def escape_controls(text: str) -> str:
    r"""Returns untrusted text with escapes, such as ``\x1b``, in place of what a terminal would obey.

    Tabs and line feeds remain.

    Args:
        text: the text.
    """
    return _UNSAFE.sub(_escape, text)


def escape_line(text: str) -> str:
    """Returns untrusted text as one line: like `escape_controls`, but tabs and line feeds are escaped too.

    Args:
        text: the text.
    """
    return _UNSAFE_IN_LINE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
