"""Masks the values of environment variables in Terraform's description of a plan.

Any of them may be secret, whatever its name, and more people read a comment than a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MASK = '"********"'
_BLOCK = re.compile(r"^[ ]*(?:[-+~] )?[ ]*environment \{")
_VARIABLES = re.compile(r"^[ ]*(?:[-+~] )?[ ]*(?P<name>variables) += \{(?: #.*)?$")
_VARIABLE = re.compile(
    r'^(?P<start>[ ]*(?:[-+~] )?[ ]*)(?P<name>"(?:[^"\\]|\\.)*"|[\w.-]+)(?P<equal> += )(?P<value>.*)$'
)
#: The values that Terraform itself does not show.
_HIDDEN = re.compile(r"\((?:known after apply|sensitive value)\)")
#: The distance of names from that of the block that they are in.
_INDENT = 4


def mask_variables(lines: Iterable[str]) -> Iterator[str]:
    """Yields the lines of a plan; values of environment variables are masked, on one line each.

    Args:
        lines: the lines, without colours.
    """
    column, previous = -1, ""
    for line in lines:
        if column < 0:
            start = _VARIABLES.match(line) if _BLOCK.match(previous) else None
            column, previous = start.start("name") if start else -1, line
            yield line
        elif line.startswith("}", column) and not line[:column].strip():
            column = -1
            yield line
        elif line.lstrip().startswith("# (") and line.find("#") == column + _INDENT:
            yield line
        elif (found := _VARIABLE.match(line)) and found.start("name") == column + _INDENT:
            value = found["value"] if _HIDDEN.fullmatch(found["value"]) else _MASK
            yield f"{found['start']}{found['name']}{found['equal']}{value}"
