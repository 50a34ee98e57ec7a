"""Finds the files and folders on this machine that a requirement, an option or a setting refers to.

It tries every way to write a path that uv or pip accepts, and yields the paths that exist. An extra path
makes a cached installation expire too early. Without a path, the package would contain old code, or that of
another project.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

#: A requirement by name and version, which refers to no path.
_NAMED = re.compile(r"[\w.-]+\s*(?:\[[^\]]*\]\s*)?(?:[=<>!~]=|[<>])[^/@]*")
#: Ends of a requirement that are not part of its path: options, markers, fragments, extras.
_ENDS = tuple(re.compile(end, re.DOTALL) for end in (r"\s+--.*", r"\s*;.*", r"\s*#.*", r"\s*\[[^\[\]]*\]$"))
_QUOTES = "\"' \t"
_HOST = re.compile(r"//(?:localhost)?(?=/)")


def find_paths(value: str, folders: Iterable[Path]) -> Iterator[Path]:
    """Yields the existing files and folders that a string may refer to.

    Args:
        value: a requirement, a path or a URL; variables in it are expanded.
        folders: the folders to which it may be relative.
    """
    if "\0" in value or "\n" in value or _NAMED.fullmatch(value):
        return
    bases, paths = tuple(folders), set[Path]()
    for form in _list_forms(value):
        for relative in _parse_path(form):
            paths |= {path for base in bases if _exists(path := base / relative)}
    yield from sorted(paths)


def _list_forms(value: str) -> set[str]:
    """Returns a string, or its part after ``@``, with and without its ends and its quotes."""
    forms = {value, value.partition("@")[2]}
    for end in _ENDS:
        forms |= {end.sub("", form) for form in forms}
    forms |= {form.strip(_QUOTES) for form in forms} | {form.replace("\\", "") for form in forms}
    return {form for form in forms if form.strip()}


def _parse_path(form: str) -> Iterator[str]:
    scheme, colon, rest = form.strip().partition(":")
    if not colon or len(scheme) > 10 or "/" in scheme:
        yield form.strip()
    elif scheme.lower() == "file":
        path = _HOST.sub("", rest, count=1) if rest.startswith("//") else rest
        yield from {path, unquote(path)}


def _exists(path: Path) -> bool:
    try:
        os.stat(path)  # noqa: PTH116 (until Python 3.12, Path.exists raises for a name that is too long)
    except (OSError, ValueError):
        return False
    return True
