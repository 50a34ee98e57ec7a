"""Lists the files of a folder through symbolic links, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

#: How many paths may lead to one folder through links, and how many files and folders links may add. Links to
#: folders with further links multiply: 25 folders with two links each to the next one are 33 million paths.
MAX_PATHS = 64
MAX_LINKED = 100_000


class LinkError(Exception):
    """A symbolic link cannot be followed.

    Args:
        path: the link.
        reason: what is wrong with it, as a predicate of a sentence.
        remedy: what to do about it.
    """

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path, self.reason, self.remedy = path, reason, remedy


class _Level(NamedTuple):
    """A folder that is being listed: its path without links, whether a link led to it, and what remains."""

    real: Path
    is_linked: bool
    children: Iterator[Path]


def walk_files(
    folder: Path, is_skipped: Callable[[Path], bool], boundary: Path | None = None
) -> Iterator[Path]:
    """Yields everything below a folder but the folders, in the order of the paths.

    Links that are not followed are yielded too: those that lead nowhere, and those to a folder that contains
    them.

    Args:
        folder: an existing folder.
        is_skipped: returns whether to leave out a path, and everything below it.
        boundary: the folder, without links, that no link may leave (default: links may lead anywhere).

    Raises:
        LinkError: a link leaves the boundary, or links lead to too many paths.
        OSError: a folder cannot be read; the error has its path.
    """
    top = folder.resolve()
    levels = [_Level(top, False, _list_children(folder))]
    paths: Counter[Path] = Counter()
    linked = 0
    while levels:
        path = next(levels[-1].children, None)
        if path is None:
            levels.pop()
            continue
        linked += levels[-1].is_linked
        if linked > MAX_LINKED:
            raise _make_error(
                path, f"is one of more than {MAX_LINKED:,} files that links add below {folder}."
            )
        if is_skipped(path):
            continue
        is_link = path.is_symlink()
        real = _resolve(path) if is_link else levels[-1].real / path.name
        if is_link and boundary and not real.is_relative_to(boundary):
            raise make_outside_error(path, real)
        if not path.is_dir() or _contains(real, levels):
            yield path
            continue
        is_linked = is_link or levels[-1].is_linked
        paths[real] += is_linked
        if paths[real] > MAX_PATHS:
            raise _make_error(path, f"leads to {real}, as {MAX_PATHS} other paths do.")
        levels.append(_Level(real, is_linked, _list_children(path)))


def make_outside_error(path: Path, target: Path) -> LinkError:
    """Returns the error for a link out of the project.

    Args:
        path: the link.
        target: where it leads.
    """
    return LinkError(
        path,
        f"links to {target}, which is outside the project folder.",
        "Replace the link with a copy of the file or folder.",
    )


def _make_error(path: Path, reason: str) -> LinkError:
    return LinkError(path, reason, "Remove links, so that fewer paths lead to the same files.")


def _resolve(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:  # a link to itself, until Python 3.12
        return path


def _contains(real: Path, levels: list[_Level]) -> bool:
    """Returns whether a folder contains the one that is being listed, or is one that is being listed."""
    return levels[0].real.is_relative_to(real) or any(level.real == real for level in levels)


def _list_children(folder: Path) -> Iterator[Path]:
    try:
        return iter(sorted(folder.iterdir()))
    except OSError as error:
        error.filename = error.filename or str(folder)
        raise
