"""Builds the deployment package: one zip, byte for byte the same for the same inputs on any machine.

The files are collected first, each with its origin, so that two origins of one path are found before
anything is compressed; then each is compressed (dependencies only once: their compressed form is cached
beside the installed wheels); then the zip is put together in memory, and replaces the existing one if it
differs.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from domovoi_tf import atomic, wheels
from domovoi_tf.archive import Member, archive, compress, members
from domovoi_tf.errors import PackageError
from domovoi_tf.lean import lean
from domovoi_tf.wheels import Target

__all__ = ["RUNTIME", "Package", "Target", "build", "runtime_files"]

# What of domovoi_tf runs inside Lambda. Nothing here may import more than the standard library.
RUNTIME = (
    "__init__.py",
    "app.py",
    "errors.py",
    "frozen.py",
    "model.py",
    "names.py",
    "runtime/*.py",
    "triggers/__init__.py",
)

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEGABYTE = 1024 * 1024
ZIPPED_LIMIT = 50 * MEGABYTE
UNZIPPED_LIMIT = 250 * MEGABYTE

_TREES = ("domovoilib", "chalicelib")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold

_NOT_SOURCE = re.compile(
    r"__pycache__|.*\.py[co]|\.DS_Store"
    r"|\.git|\.hg|\.svn|\.(?:mypy|pytest|ruff)_cache"
    r"|.*~|\.#.*|#.*#|\..*\.sw[a-p]"  # Emacs and Vim
)
# Scripts name the Python of the machine that installed them, and so do the installer's records.
_INSTALLER_TRACE = re.compile(
    r"\.lock|bin/.*|(?:.*/)?__pycache__/.*"
    r"|[^/]*\.dist-info/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|uv_build\.json)"
)


@dataclass(frozen=True)
class Package:
    """A deployment package on disk.

    Args:
        path: where the zip is.
        sha256: hex digest of the zip.
        size: bytes of the zip.
        files: number of files in it.
    """

    path: Path
    sha256: str
    size: int
    files: int


@dataclass(frozen=True)
class _Entry:
    """One file of the package: its name in the zip, where it is read, and how a person would name it.

    A file of a dependency also has the folder that the dependencies were installed to. A file of the runtime
    has its contents, without what Lambda does not need.
    """

    name: str
    source: Path
    origin: str
    installed: Path | None = None
    contents: bytes | None = None


def build(project: Path, destination: Path, target: Target, kinds: Collection[str] | None = None) -> Package:
    """Builds the package of a project; leaves an existing zip untouched if no byte would change.

    Args:
        project: the folder that holds app.py, and beside it domovoilib/, chalicelib/, vendor/ and
            requirements.txt if the app has them.
        destination: the zip to write, in a folder that exists.
        target: the Lambda runtime to choose wheels for.
        kinds: the event source kinds that the app uses, and its package needs; all if missing.

    Raises:
        PackageError: a file is missing, unreadable, outside the project or there twice, a dependency cannot
            be installed, or the package is larger than Lambda accepts.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    if not destination.parent.is_dir():
        raise PackageError(f"{destination.parent} does not exist.", "Run `domovoi-tf render` first.")
    own, installed = _collect(project, kinds), _dependencies(project, target)
    _check_origins([*own, *installed])
    _check_unzipped([*own, *installed])
    data = archive([*map(_compress, own), *_compress_once(installed)])
    _check_zipped(data)
    _replace(destination, data)
    return Package(destination, hashlib.sha256(data).hexdigest(), len(data), len(own) + len(installed))


def runtime_files(kinds: Collection[str] | None = None) -> Mapping[str, bytes]:
    """Returns the modules of domovoi_tf that run inside Lambda, as they are shipped, by their names there.

    Args:
        kinds: the event source kinds in use; all if missing.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    folder = Path(__file__).parent
    found = {path for pattern in (*RUNTIME, "triggers/*.py") for path in folder.glob(pattern)}
    named = {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in sorted(found)}
    return lean(named, kinds)


def _collect(project: Path, kinds: Collection[str] | None) -> list[_Entry]:
    if not (project / "app.py").is_file():
        remedy = "Run the command in the project's folder, or create an app.py that defines `app` there."
        raise PackageError(f"{project / 'app.py'} does not exist.", remedy)
    return [*_runtime(kinds), *_sources(project), *_vendored(project)]


def _runtime(kinds: Collection[str] | None) -> Iterator[_Entry]:
    for name, contents in runtime_files(kinds).items():
        source = Path(__file__).parent.parent / name
        yield _Entry(name, source, "the domovoi-tf runtime", contents=contents)


def _sources(project: Path) -> Iterator[_Entry]:
    walk = _Walk(project)
    yield _Entry("app.py", walk.file(project / "app.py"), "app.py")
    for tree in _TREES:
        for path in walk.files(project / tree):
            name = path.relative_to(project).as_posix()
            yield _Entry(name, path, name)


def _vendored(project: Path) -> Iterator[_Entry]:
    vendor = project / "vendor"
    for path in _Walk(project).files(vendor):
        yield _Entry(path.relative_to(vendor).as_posix(), path, path.relative_to(project).as_posix())


def _dependencies(project: Path, target: Target) -> list[_Entry]:
    requirements = project / "requirements.txt"
    if not requirements.is_file():
        return []
    folder = wheels.install(requirements, target)
    owners = wheels.owners(folder)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [
        _Entry(name, folder / name, f"{owners.get(name, 'a dependency')} of requirements.txt", folder)
        for name in names
        if not _INSTALLER_TRACE.fullmatch(name)
    ]


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
            return sorted(path for path in folder.iterdir() if not _NOT_SOURCE.fullmatch(path.name))
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


def _check_origins(entries: Iterable[_Entry]) -> None:
    found: dict[str, _Entry] = {}
    for entry in entries:
        first = found.setdefault(entry.name, entry)
        if first is not entry:
            message = f"{entry.name} comes from both {first.origin} and {entry.origin}."
            raise PackageError(message, "Remove or rename one of them.")
    if shadow := found.get("app/__init__.py"):
        message = f"The package app, from {shadow.origin}, would be imported instead of app.py."
        raise PackageError(message, "Remove or rename it.")


def _check_unzipped(entries: Iterable[_Entry]) -> None:
    sizes = {
        entry.name: _status(entry).st_size if entry.contents is None else len(entry.contents)
        for entry in entries
    }
    if (total := sum(sizes.values())) > UNZIPPED_LIMIT:
        raise _too_large(total, UNZIPPED_LIMIT, "unzipped", sizes)


def _check_zipped(data: bytes) -> None:
    if len(data) > ZIPPED_LIMIT:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {info.filename: info.compress_size for info in archive.infolist()}
        raise _too_large(len(data), ZIPPED_LIMIT, "zipped", sizes)


def _too_large(total: int, limit: int, state: str, sizes: Mapping[str, int]) -> PackageError:
    accepted = f"The package is {_megabytes(total)} {state}; Lambda accepts {_megabytes(limit)}."
    return PackageError(
        f"{accepted} Largest: {', '.join(_largest(sizes))}.",
        "Remove what the functions do not use from requirements.txt, vendor/ or domovoilib/.",
    )


def _largest(sizes: Mapping[str, int]) -> list[str]:
    totals: Counter[str] = Counter()
    for name, size in sorted(sizes.items()):
        totals[name.partition("/")[0]] += size
    return [f"{name} {_megabytes(size)}" for name, size in totals.most_common(5)]


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"


def _status(entry: _Entry) -> os.stat_result:
    try:
        return entry.source.stat()
    except OSError as error:
        raise _unreadable(entry.origin, error) from error


def _compress_once(entries: Sequence[_Entry]) -> list[Member]:
    """Compresses the files of an installed folder, or reads what an earlier build compressed."""
    if not entries or not (folder := entries[0].installed):
        return []
    cache = folder.with_suffix(".zip")
    found = _cached(cache)
    if [member.name for member in found] == [entry.name for entry in entries]:
        return found
    with ThreadPoolExecutor() as threads:  # zlib works outside Python's lock
        made = list(threads.map(_compress, entries))
    _replace(cache, archive(made))
    return made


def _cached(cache: Path) -> list[Member]:
    try:
        return list(members(cache.read_bytes()))
    except (FileNotFoundError, zipfile.BadZipFile):
        return []


def _compress(entry: _Entry) -> Member:
    executable = bool(_status(entry).st_mode & stat.S_IXUSR)
    return compress(_utf8(entry.name), _contents(entry), executable)


def _utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PackageError(f"The name of the file {name!r} is not UTF-8.", "Rename it.") from error
    return name


def _contents(entry: _Entry) -> bytes:
    if entry.contents is not None:
        return entry.contents
    try:
        return entry.source.read_bytes()
    except OSError as error:
        raise _unreadable(entry.origin, error) from error


def _unreadable(shown: str, error: Exception) -> PackageError:
    reason = getattr(error, "strerror", None) or str(error)
    return PackageError(f"{shown} cannot be read: {reason}.", "Correct its permissions, or remove it.")


def _replace(destination: Path, data: bytes) -> None:
    try:
        atomic.sweep(destination)
        if not (destination.is_file() and destination.read_bytes() == data):
            atomic.replace(destination, data, 0o644)
    except OSError as error:
        message = f"{destination} cannot be written: {error.strerror}."
        raise PackageError(message, "Correct the permissions of its folder.") from error
