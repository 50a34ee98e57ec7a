"""Aligns rendered Terraform as ``terraform fmt`` does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ATTRIBUTE = re.compile(r'( *)([A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*") = ')
# Only types of attributes have comments after them, so no user's value is mistaken for one.
_COMMENTED = re.compile(r"( +[a-z_]+ += optional\(.*\)) (# .*)")


def align(text: str) -> str:
    """Aligns the equals signs of consecutive arguments, and comments after types of attributes.

    https://developer.hashicorp.com/terraform/language/style
    """
    return "\n".join(_align_comments(_align_arguments(text.split("\n"))))


def _align_arguments(lines: list[str]) -> Iterator[str]:
    group: list[tuple[str, re.Match[str]]] = []
    for line in lines:
        match = None if line[-1:] in ("{", "[", "(") else _ATTRIBUTE.match(line)
        if group and (match is None or match[1] != group[0][1][1]):
            yield from _pad_group(group)
            group = []
        if match is None:
            yield line
        else:
            group.append((line, match))
    yield from _pad_group(group)


def _pad_group(group: list[tuple[str, re.Match[str]]]) -> Iterator[str]:
    width = max((len(match[2]) for _, match in group), default=0)
    for line, match in group:
        yield f"{match[1]}{match[2]:<{width}} = {line[match.end() :]}"


def _align_comments(lines: Iterable[str]) -> Iterator[str]:
    group: list[re.Match[str]] = []
    for line in lines:
        match = _COMMENTED.fullmatch(line)
        if match is None:
            yield from _pad_comments(group)
            group = []
            yield line
        else:
            group.append(match)
    yield from _pad_comments(group)


def _pad_comments(group: list[re.Match[str]]) -> Iterator[str]:
    width = max((len(match[1]) for match in group), default=0)
    for match in group:
        yield f"{match[1]:<{width}} {match[2]}"
