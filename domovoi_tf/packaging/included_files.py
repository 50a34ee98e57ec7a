"""Lists the files of the project that package_include adds to the package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from domovoi_tf.loading.project_modules import NOT_SOURCE
from domovoi_tf.packaging.file_walk import FileWalk

#: Files by which a folder is a virtual environment or rendered Terraform, which has the previous package.
_MARKERS = ("pyvenv.cfg", ".domovoi-tf.json")
_CONFIG = ".chalice"
_DOTENV = ".env"


def list_included_files(project: Path, entry: str, walk: FileWalk) -> Iterator[Path]:
    """Yields the files that an entry of package_include names or matches.

    Args:
        project: the project's folder.
        entry: a path, or else a shell pattern, relative to the project.
        walk: lists the files of folders.

    Raises:
        PackageError: a file is unreadable or outside the project.
    """
    if (project / entry).is_file():
        yield walk.check_file(project / entry)
        return
    for path in _match(project, entry):
        if any(map(_is_skipped, _list_levels(project, path))):
            continue
        if path.is_dir():
            yield from walk.list_files(path, _is_skipped)
        else:
            yield walk.check_file(path)


def find_empty_entries(project: Path, entries: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yields the entries without files, each with a path that it only matches because it is a pattern.

    Args:
        project: the project's folder.
        entries: the entries of package_include.
    """
    walk = FileWalk(project)
    for entry in entries:
        if not any(True for _ in list_included_files(project, entry, walk)):
            skipped = (path.relative_to(project).as_posix() for path in _match(project, entry))
            yield entry, next(skipped, "")


def _match(project: Path, entry: str) -> list[Path]:
    path = project / entry
    return [path] if path.exists() else sorted(project.glob(entry))


def _list_levels(project: Path, path: Path) -> Iterator[Path]:
    """Yields a path and the folders that contain it, below the project."""
    yield path
    yield from (project / above for above in path.relative_to(project).parents[:-1])


def _is_skipped(path: Path) -> bool:
    """Returns whether a path is left out unless an entry names the file itself."""
    if NOT_SOURCE.fullmatch(path.name) or path.name == _CONFIG or path.name.startswith(_DOTENV):
        return True
    return any((path / marker).is_file() for marker in _MARKERS)
