"""What goes into a deployment package: each file with its name there, and what brought it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import NOT_SOURCE, WHOLE_FOLDERS, find_project_modules
from domovoi_tf.packaging.distributions import installed
from domovoi_tf.packaging.runtime_source import strip_runtime

# What of domovoi_tf runs inside Lambda. Nothing here may import more than the standard library.
RUNTIME = (
    "__init__.py",
    "app.py",
    "errors.py",
    "model/*.py",
    "runtime/*.py",
    "triggers/__init__.py",
)
_RUNTIME = "the domovoi-tf runtime"
#: Where Lambda finds the app.
_APPS = ("app.py", "app/__init__.py")

# Scripts name the Python of the machine that installed them, and so do the installer's records.
_INSTALLER_TRACE = re.compile(
    r"\.lock|bin/.*|(?:.*/)?__pycache__/.*"
    r"|[^/]*\.dist-info/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|uv_build\.json)"
)


@dataclass(frozen=True)
class Entry:
    """One file of a package.

    Args:
        name: its path in the zip.
        source: where it is read.
        origin: how a person would name it.
        part: what it is counted with: a distribution and its version, or a folder of the project.
        contents: its bytes, where they are not those of the source.
    """

    name: str
    source: Path
    origin: str
    part: str
    contents: bytes | None = None


def runtime_files(kinds: Collection[str] | None = None) -> Mapping[str, bytes]:
    """Returns the modules of domovoi_tf that run inside Lambda, as they are shipped, by their names there.

    Args:
        kinds: the event source kinds in use; all if missing.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    folder = Path(__file__).parents[1]
    found = {path for pattern in (*RUNTIME, "triggers/**/*.py") for path in folder.glob(pattern)}
    named = {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in sorted(found)}
    return strip_runtime(named, kinds)


def own(project: Path, kinds: Collection[str] | None = None) -> list[Entry]:
    """Returns the project's own files and the runtime.

    Args:
        project: the project's folder.
        kinds: the event source kinds that the app uses, whose runtime its package needs; all if missing.

    Raises:
        PackageError: there is no app, or a file is unreadable or outside the project.
    """
    if not any((project / name).is_file() for name in _APPS):
        remedy = "Run the command in the project's folder, or create an app.py that defines `app` there."
        raise PackageError(f"{project / 'app.py'} does not exist.", remedy)
    return [*_runtime(kinds), *_sources(project), *_vendored(project)]


def dependencies(folder: Path, file: str) -> list[Entry]:
    """Returns the files of installed dependencies.

    Args:
        folder: where they were installed to.
        file: the name of the file that lists them.
    """
    owners = {name: str(each) for each in installed(folder) for name in each.files}
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [
        Entry(name, folder / name, f"{owner} of {file}", owner)
        for name in names
        if not _INSTALLER_TRACE.fullmatch(name)
        for owner in [owners.get(name, "a dependency")]
    ]


def without(entries: Iterable[Entry], patterns: Collection[str]) -> list[Entry]:
    """Returns the entries that no pattern matches, nor a folder of theirs; the app and the runtime stay.

    Args:
        entries: what there is.
        patterns: shell patterns of paths in the package, of which ``*`` matches ``/`` too.

    https://docs.python.org/3/library/fnmatch.html
    """
    return [entry for entry in entries if not any(_matches(entry, pattern) for pattern in patterns)]


def unmatched(entries: Collection[Entry], patterns: Iterable[str]) -> list[str]:
    """Returns the patterns that match nothing."""
    return [each for each in patterns if not any(_matches(entry, each) for entry in entries)]


def check_origins(entries: Iterable[Entry]) -> None:
    """Makes sure that each path has one origin.

    Raises:
        PackageError: a path has two, or app.py would not be found.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        first = found.setdefault(entry.name, entry)
        if first is not entry:
            message = f"{entry.name} comes from both {first.origin} and {entry.origin}."
            raise PackageError(message, "Remove or rename one of them.")
    shadow = found.get("app/__init__.py")
    if shadow and "app.py" in found:
        message = f"The package app, from {shadow.origin}, would be imported instead of app.py."
        raise PackageError(message, "Remove or rename it.")


def status(entry: Entry) -> os.stat_result:
    """Returns what the file system says of an entry's source.

    Raises:
        PackageError: it cannot be read.
    """
    try:
        return entry.source.stat()
    except OSError as error:
        raise _unreadable(entry.origin, error) from error


def read(entry: Entry) -> bytes:
    """Returns an entry's bytes.

    Raises:
        PackageError: it cannot be read.
    """
    if entry.contents is not None:
        return entry.contents
    try:
        return entry.source.read_bytes()
    except OSError as error:
        raise _unreadable(entry.origin, error) from error


def size(entry: Entry) -> int:
    """Returns an entry's size in bytes."""
    return status(entry).st_size if entry.contents is None else len(entry.contents)


def _matches(entry: Entry, pattern: str) -> bool:
    if entry.part == _RUNTIME or entry.name in _APPS:
        return False
    path = PurePosixPath(entry.name)
    paths = [str(path), *(str(above) for above in path.parents[:-1])]
    return any(fnmatchcase(each, pattern.rstrip("/")) for each in paths)


def _runtime(kinds: Collection[str] | None) -> Iterator[Entry]:
    for name, contents in runtime_files(kinds).items():
        yield Entry(name, Path(__file__).parents[2] / name, _RUNTIME, _RUNTIME, contents)


def _sources(project: Path) -> Iterator[Entry]:
    walk = _Walk(project)
    paths = [walk.file(path) for path in find_project_modules(project)]
    paths += [path for tree in WHOLE_FOLDERS for path in walk.files(project / tree)]
    for path in paths:
        name = path.relative_to(project).as_posix()
        yield Entry(name, path, name, name.partition("/")[0])


def _vendored(project: Path) -> Iterator[Entry]:
    vendor = project / "vendor"
    for path in _Walk(project).files(vendor):
        name = path.relative_to(vendor).as_posix()
        yield Entry(name, path, f"vendor/{name}", f"vendor/{name.partition('/')[0]}")


class _Walk:
    """Lists the regular files of a folder, through links as long as they stay inside it."""

    def __init__(self, inside: Path) -> None:
        self.inside = inside
        self.boundary = inside.resolve()

    def files(self, folder: Path) -> Iterator[Path]:
        if folder.is_symlink() or folder.is_dir():
            yield from self._tree(folder, ())

    def file(self, path: Path) -> Path:
        self._real(path)
        return path

    def _tree(self, folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
        real = self._real(folder)
        if real in above:
            raise PackageError(f"{self._shown(folder)} links to a folder that it is in.", "Remove the link.")
        for path in self._children(folder):
            if self._real(path).is_dir():
                yield from self._tree(path, (*above, real))
            elif path.is_file():
                yield path
            else:
                raise PackageError(f"{self._shown(path)} is not a regular file.", "Remove it.")

    def _children(self, folder: Path) -> list[Path]:
        try:
            return sorted(path for path in folder.iterdir() if not NOT_SOURCE.fullmatch(path.name))
        except OSError as error:
            raise _unreadable(self._shown(folder), error) from error

    def _real(self, path: Path) -> Path:
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, before Python 3.13
            raise _unreadable(self._shown(path), error) from error
        if not real.is_relative_to(self.boundary):
            message = f"{self._shown(path)} leaves the project folder: it links to {real}."
            raise PackageError(message, "Replace the link with a copy of what it links to.")
        return real

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.inside).as_posix()


def _unreadable(shown: str, error: Exception) -> PackageError:
    reason = getattr(error, "strerror", None) or str(error)
    return PackageError(f"{shown} cannot be read: {reason}.", "Correct its permissions, or remove it.")
