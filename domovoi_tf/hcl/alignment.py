"""Aligns rendered Terraform as ``terraform fmt`` does."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ATTRIBUTE = re.compile(r'( *)([A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*") = ')
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
    group: list[re.Match[str]] = []
    for line in lines:
        match = None
        if " = " in line and not line.endswith(_OPENING):
            match = _ATTRIBUTE.match(line)
        if group and (match is None or match[1] != group[0][1]):
            aligned += _pad_group(group)
            group = []
        if match is None:
            aligned.append(line)
        else:
            group.append(match)
    aligned += _pad_group(group)
    return aligned


def _pad_group(group: list[re.Match[str]]) -> list[str]:
    if len(group) < 2:
        return [match.string for match in group]
    width = max(len(match[2]) for match in group)
    return [f"{match[1]}{match[2]:<{width}} = {match.string[match.end() :]}" for match in group]


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
