"""Aligns rendered Terraform as ``terraform fmt`` does."""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTED = re.compile(r' *"(?:[^"\\]|\\.)*" = ')
_NAME = re.compile(r"( *)[A-Za-z_][\w-]*")
# Only types of attributes have comments after them, so no user's value is mistaken for one.
_COMMENTED = re.compile(r"( +[a-z_]+ += optional\(.*\)) (# .*)")
#: The end of a line that begins a value of several lines, whose equals sign is not aligned.
_OPENING = ("{", "[", "(")


def align(text: str) -> str:
    """Aligns the equals signs of consecutive arguments, and comments after types of attributes.

    https://developer.hashicorp.com/terraform/language/style
    """
    lines = _align_arguments(text.split("\n"))
    if " optional(" in text:
        lines = _align_comments(lines)
    return "\n".join(lines)


def _align_arguments(lines: Iterable[str]) -> list[str]:
    aligned: list[str] = []
    group: list[tuple[str, str]] = []
    last, indents = -1, dict[str, int]()
    for line in lines:
        start, equals, value = line.partition(" = ")
        indent = -1
        if equals and not line.endswith(_OPENING):
            if '"' in start and (match := _QUOTED.match(line)):
                start, value = match[0][:-3], line[match.end() :]
                indent = len(start) - len(start.lstrip(" "))
            elif start in indents:  # names repeat, and a match takes longer
                indent = indents[start]
            else:
                name = _NAME.fullmatch(start)
                indent = indents[start] = len(name[1]) if name else -1
        if group and indent != last:
            aligned += _pad_group(group)
            group = []
        if indent < 0:
            aligned.append(line)
        else:
            group.append((start, value))
            last = indent
    aligned += _pad_group(group)
    return aligned


def _pad_group(group: list[tuple[str, str]]) -> list[str]:
    if len(group) < 2:
        return [f"{start} = {value}" for start, value in group]
    width = max([len(start) for start, _ in group])
    return [f"{start:<{width}} = {value}" for start, value in group]


def _align_comments(lines: Iterable[str]) -> list[str]:
    aligned: list[str] = []
    group: list[re.Match[str]] = []
    for line in lines:
        match = _COMMENTED.fullmatch(line) if " optional(" in line else None
        if match is None:
            aligned += _pad_comments(group)
            group = []
            aligned.append(line)
        else:
            group.append(match)
    aligned += _pad_comments(group)
    return aligned


def _pad_comments(group: list[re.Match[str]]) -> list[str]:
    width = max((len(match[1]) for match in group), default=0)
    return [f"{match[1]:<{width}} {match[2]}" for match in group]
