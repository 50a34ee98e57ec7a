"""Reads the navigation from the lists in the index pages: `- [Title](page.md): a line about it.`"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .links import resolve_path

_ENTRY = re.compile(
    r"^- \[(?P<title>[^\]]+)\]\((?P<target>[^)#\s]+\.md|[^)#\s]*LICENSE)\):\s+(?P<line>\S.*(?:\n  \S.*)*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Entry:
    """A page in the list of an index page; `path` is relative to the root of the repository."""

    title: str
    path: str
    description: str


@dataclass(frozen=True)
class Section:
    """An index page with the pages that it lists."""

    index: Entry
    pages: tuple[Entry, ...]


def read_entries(root: Path, index: str) -> tuple[Entry, ...]:
    """Returns the pages that an index page lists, in its order."""
    return tuple(
        Entry(
            match["title"],
            resolve_path(index, match["target"]),
            " ".join(match["line"].split()),
        )
        for match in _ENTRY.finditer((root / index).read_text())
    )


def read_navigation(root: Path) -> tuple[Section, ...]:
    """Returns the sections that `docs/index.md` lists, each with the pages in its own list."""
    return tuple(
        Section(entry, read_entries(root, entry.path)) for entry in read_entries(root, "docs/index.md")
    )


def find_unlisted(root: Path, sections: tuple[Section, ...]) -> Iterator[str]:
    """Yields an error for each page in `docs/` that no index page lists."""
    listed = {"docs/index.md"}
    for section in sections:
        listed |= {section.index.path, *(entry.path for entry in section.pages)}
    for path in sorted((root / "docs").rglob("*.md")):
        page = path.relative_to(root).as_posix()
        if page not in listed:
            index = (path.parent / "index.md").relative_to(root).as_posix()
            yield f"{page} is missing in the list of {index}. Add: - [Title]({path.name}): a line about it."


def format_navigation(sections: tuple[Section, ...], locate: dict[str, str]) -> list[Any]:
    """Returns the navigation as `mkdocs.yml` has it; `locate` maps paths to pages of the site."""
    home: list[Any] = [{"Home": "index.md"}]
    return home + [
        {
            section.index.title: [
                {f"{section.index.title}: overview": locate[section.index.path]},
                *({entry.title: locate[entry.path]} for entry in section.pages),
            ]
        }
        for section in sections
    ]
