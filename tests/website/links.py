"""Finds and replaces the targets of links in Markdown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Code, in which nothing is a link: blocks between fences, comments, and code in a line.
_CODE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+|~~~+)[^\n]*\n.*?^ *(?P=fence)`* *$"
    r"|<!--.*?-->"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_TARGET = re.compile(
    r"\]\((?P<inline>[^()\s]+)(?:\s+\"[^\"]*\")?\)"
    r"|^ {0,3}\[[^\]\n]+\]:\s+(?P<reference>\S+)"
    r"|\b(?:src|href|srcset)=\"(?P<html>[^\"]+)\"",
    re.MULTILINE,
)
_EXTERNAL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#")


@dataclass(frozen=True)
class Link:
    """A link to another file: its path as written, its fragment with the `#`, and its line."""

    path: str
    fragment: str
    line: int


def blank_code(text: str) -> str:
    """Replaces code and comments by spaces, so that all other characters keep their positions."""
    return _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def find_links(text: str) -> Iterator[Link]:
    """Yields the links to other files, without those to other sites and within the page."""
    for link, _, _ in _locate(text):
        yield link


def replace_links(text: str, replace: Callable[[Link], str]) -> str:
    """Replaces the path of each link to another file; the fragment stays."""
    parts, end = [], 0
    for link, start, stop in _locate(text):
        parts += [text[end:start], replace(link), link.fragment]
        end = stop
    return "".join([*parts, text[end:]])


def resolve_path(page: str, target: str) -> str:
    """Returns the path of a page's relative link from the root."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def relate_path(target: str, page: str) -> str:
    """Returns the relative link from a page to another path from the root."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def _locate(text: str) -> Iterator[tuple[Link, int, int]]:
    """Yields the links with the positions of their targets."""
    for match in _TARGET.finditer(blank_code(text)):
        group = str(match.lastgroup)
        if _EXTERNAL.match(match[group]):
            continue
        path, mark, fragment = match[group].partition("#")
        start, stop = match.span(group)
        yield Link(path, mark + fragment, text.count("\n", 0, start) + 1), start, stop
