"""Lists the files of a deployment package, each with its path in the zip and its origin."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import VENDOR, WHOLE_FOLDERS, find_packaged_modules
from domovoi_tf.packaging.file_walk import FileWalk, make_read_error
from domovoi_tf.packaging.included_files import list_included_files

# The modules that run inside Lambda, which may import only the standard library.
RUNTIME = (
    "__init__.py",
    "app.py",
    "errors.py",
    "model/*.py",
    "runtime/*.py",
    "triggers/__init__.py",
    "types/*.py",
)
#: The part of a package that is the runtime.
RUNTIME_PART = "the domovoi-tf runtime"
#: The possible files of the app.
_APPS = ("app.py", "app/__init__.py")

_INSTALLER_TRACE = re.compile(r"\.lock|(?:.*/)?__pycache__/.*")


@dataclass(frozen=True)
class Entry:
    """One file of a package.

    Args:
        name: its path in the zip.
        source: the file on disk.
        origin: the file's name for error messages.
        part: the part of the package that it belongs to: a distribution with its version, or a folder.
        contents: its bytes, if they differ from those of the source.
        size: its size in bytes, if it is the bytecode of the source.
    """

    name: str
    source: Path
    origin: str
    part: str
    contents: bytes | None = None
    size: int | None = None

    @property
    def is_bytecode(self) -> bool:
        """Whether it is the bytecode of the source."""
        return self.size is not None


def list_runtime_files(kinds: Collection[str] | None = None) -> Mapping[str, bytes]:
    """Returns the stripped modules of domovoi_tf that run inside Lambda, by their paths in the package.

    Args:
        kinds: the event source kinds in use, and the modules of `OPTIONAL` that the app needs (default: all).

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    return _strip_installed_runtime(None if kinds is None else frozenset(kinds))


@cache
def _strip_installed_runtime(kinds: frozenset[str] | None) -> Mapping[str, bytes]:
    from domovoi_tf.packaging.runtime_cache import load_or_strip

    def strip() -> dict[str, bytes]:
        from domovoi_tf.packaging.runtime_source import strip_runtime

        return strip_runtime(files, kinds)

    folder = Path(__file__).parents[1]
    paths = {path for pattern in (*RUNTIME, "triggers/**/*.py") for path in folder.glob(pattern)}
    files = {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in sorted(paths)}
    return MappingProxyType(load_or_strip(strip, files, kinds))


def list_own_files(
    project: Path,
    kinds: Collection[str] | None = None,
    roots: Collection[Path] = (),
    include: Iterable[str] = (),
) -> list[Entry]:
    """Returns the files of the project and of the runtime.

    Args:
        project: the project's folder.
        kinds: the event source kinds that the app uses (default: all).
        roots: other folders of the project from which the app imports modules, such as ``src``.
        include: shell patterns of other files and folders of the project.

    Raises:
        PackageError: the app is missing, or a file is unreadable or outside the project.
    """
    if not any((project / name).is_file() for name in _APPS):
        remedy = "Run the command in the project's folder, or create an app.py that defines `app` there."
        raise PackageError(f"{project / 'app.py'} does not exist.", remedy)
    return [*_list_runtime(kinds), *list_project_files(project, roots, include)]


def list_project_files(
    project: Path, roots: Collection[Path] = (), include: Iterable[str] = ()
) -> list[Entry]:
    """Returns the files of the project without those of the runtime: see `list_own_files`."""
    return [*_list_sources(project, roots, include), *_list_vendored(project)]


def list_dependency_files(folder: Path, file: str) -> list[Entry]:
    """Returns the files of installed dependencies.

    Args:
        folder: the folder into which they were installed.
        file: the name of the file that lists them.
    """
    from domovoi_tf.packaging.dependencies.distributions import list_distributions

    owners = {name: str(each) for each in list_distributions(folder) for name in each.files}
    paths = {str(path)[len(f"{folder}/") :]: path for path in _walk_installed(folder)}
    return [
        Entry(name, path, f"{owner} of {file}", owner)
        for name, path in sorted(paths.items())
        if not _INSTALLER_TRACE.fullmatch(name)
        for owner in [owners.get(name, "a dependency")]
    ]


def _walk_installed(folder: Path) -> Iterator[Path]:
    """Yields the files below a folder. Links to folders are not followed."""
    for parent, _, names in os.walk(folder):
        yield from (path for path in map(Path(parent).joinpath, names) if path.is_file())


def prefer_dependencies(own: Iterable[Entry], dependencies: Iterable[Entry]) -> list[Entry]:
    """Returns the project's files without those of a local package that is also installed as a dependency.

    Only files of folders such as ``src`` are left out, whose path in the package is not that in the project.

    Args:
        own: the files of the project.
        dependencies: the files of installed dependencies.
    """
    names = {entry.name for entry in dependencies}
    return [
        entry
        for entry in own
        if entry.name not in names or entry.origin in (entry.name, f"{VENDOR}/{entry.name}", RUNTIME_PART)
    ]


def exclude(entries: Iterable[Entry], patterns: Collection[str]) -> list[Entry]:
    """Returns the entries without those whose path, or a folder of it, matches a pattern.

    The app and the runtime cannot be excluded.

    Args:
        entries: all entries.
        patterns: shell patterns of paths in the package, in which ``*`` also matches ``/``.

    https://docs.python.org/3/library/fnmatch.html
    """
    return [entry for entry in entries if not any(_matches(entry, pattern) for pattern in patterns)]


def find_unmatched(entries: Collection[Entry], patterns: Iterable[str]) -> list[str]:
    """Returns the patterns that match no entry."""
    return [each for each in patterns if not any(_matches(entry, each) for entry in entries)]


def check_origins(entries: Iterable[Entry]) -> None:
    """Checks that each path has a single origin.

    Args:
        entries: all entries.

    Raises:
        PackageError: a path has two origins, or a package would be imported instead of app.py.
    """
    entries_by_name: dict[str, Entry] = {}
    for entry in entries:
        first = entries_by_name.setdefault(entry.name, entry)
        if first is not entry:
            message = f"{entry.name} comes from both {first.origin} and {entry.origin}."
            raise PackageError(message, "Remove or rename one of them.")
    shadow = entries_by_name.get("app/__init__.py")
    if shadow and "app.py" in entries_by_name:
        message = f"The package app, from {shadow.origin}, would be imported instead of app.py."
        raise PackageError(message, "Remove or rename it.")


def read_status(entry: Entry) -> os.stat_result:
    """Returns the status of an entry's source file.

    Raises:
        PackageError: the file cannot be read.
    """
    try:
        return entry.source.stat()
    except OSError as error:
        raise make_read_error(entry.origin, error) from error


def read_entry(entry: Entry) -> bytes:
    """Returns the content of an entry.

    Raises:
        PackageError: the file cannot be read.
    """
    if entry.contents is not None:
        return entry.contents
    try:
        return entry.source.read_bytes()
    except OSError as error:
        raise make_read_error(entry.origin, error) from error


def get_size(entry: Entry) -> int:
    """Returns an entry's size in bytes."""
    if entry.size is not None:
        return entry.size
    return read_status(entry).st_size if entry.contents is None else len(entry.contents)


def _matches(entry: Entry, pattern: str) -> bool:
    if entry.part == RUNTIME_PART or entry.name in _APPS:
        return False
    path = PurePosixPath(entry.name)
    paths = [str(path), *(str(above) for above in path.parents[:-1])]
    return any(fnmatchcase(each, pattern.rstrip("/")) for each in paths)


def _list_runtime(kinds: Collection[str] | None) -> Iterator[Entry]:
    for name, contents in list_runtime_files(kinds).items():
        yield Entry(name, Path(__file__).parents[2] / name, RUNTIME_PART, RUNTIME_PART, contents)


def _list_sources(project: Path, roots: Collection[Path], include: Iterable[str]) -> Iterator[Entry]:
    walk = FileWalk(project)
    paths = {name: walk.check_file(path) for name, path in find_packaged_modules(project, roots).items()}
    others = [path for tree in WHOLE_FOLDERS for path in walk.list_files(project / tree)]
    others += [path for pattern in include for path in list_included_files(project, pattern, walk)]
    modules = {*paths.values()}
    inner_first = sorted(roots, key=lambda root: len(root.parts), reverse=True)
    for path in others:
        # Copies of some modules of a package would hide the others, if the app adds the folder to the path.
        if path not in modules or path.suffix != ".py":
            paths.setdefault(path.relative_to(project).as_posix(), path)
        # The modules beside it are at the root of the package, and may read it there.
        if root := next((each for each in inner_first if path.is_relative_to(each)), None):
            paths.setdefault(path.relative_to(root).as_posix(), path)
    for name, path in paths.items():
        yield Entry(name, path, path.relative_to(project).as_posix(), name.partition("/")[0])


def _list_vendored(project: Path) -> Iterator[Entry]:
    vendor = project / VENDOR
    for path in FileWalk(project).list_files(vendor):
        name = path.relative_to(vendor).as_posix()
        yield Entry(name, path, f"vendor/{name}", f"vendor/{name.partition('/')[0]}")
