"""Builds the deployment package: one zip, byte for byte the same for the same inputs on any machine.

The files are collected first, each with its origin, so that two origins of one path are found before
anything is compressed; then each is compressed (dependencies only once: their compressed form is cached
beside the installed wheels); then the zips are put together in memory, and replace the existing ones if they
differ: the package, and the layer of its dependencies where they have one of their own.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging import contents, requirements, size_limits, wheels
from domovoi_tf.packaging.archive import Member, archive, compress, members
from domovoi_tf.packaging.contents import RUNTIME, Entry, runtime_files
from domovoi_tf.packaging.distributions import installed
from domovoi_tf.packaging.requirements import OF_THE_RUNTIME, Requirements
from domovoi_tf.packaging.size_limits import Part
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files

__all__ = ["RUNTIME", "Options", "Package", "Target", "Zip", "build", "runtime_files"]

LAYER = "layer.zip"
#: Where Lambda's Python looks in a layer. https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
_IN_LAYER = "python/"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a project says of its package.

    Args:
        exclude: shell patterns of paths in the package that stay out of it.
        groups: dependency groups of pyproject.toml to take besides.
        boto3: whether boto3 and botocore are in it too, which Lambda's runtime has.
        layer: whether the dependencies are in a layer of their own.
        through_s3: whether the zips are uploaded through S3, where they may have more than 50 MB.
    """

    exclude: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boto3: bool = False
    layer: bool = False
    through_s3: bool = False


@dataclass(frozen=True)
class Zip:
    """A zip on disk.

    Args:
        path: where it is.
        sha256: its hex digest.
        size: its bytes.
        unzipped: the bytes of its files.
        files: their number.
        parts: what it is made of, the largest first.
    """

    path: Path
    sha256: str
    size: int
    unzipped: int
    files: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Package:
    """A deployment package on disk.

    Args:
        zip: the package itself.
        layer: the layer of its dependencies, where they have one.
        requirements: what its dependencies are from; None where nothing lists any.
        left_out: what it would need and Lambda's runtime has.
        unmatched: patterns that exclude nothing.
    """

    zip: Zip
    layer: Zip | None = None
    requirements: Requirements | None = None
    left_out: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


def build(
    project: Path,
    destination: Path,
    target: Target,
    kinds: Collection[str] | None = None,
    options: Options | None = None,
    tell: Callable[[str], None] | None = None,
) -> Package:
    """Builds the package of a project; leaves an existing zip untouched if no byte would change.

    Args:
        project: the folder that holds app.py, and beside it its modules, vendor/ and what lists its
            dependencies.
        destination: the zip to write, in a folder that exists; a layer is beside it.
        target: the Lambda runtime to choose wheels for.
        kinds: the event source kinds that the app uses, and its package needs; all if missing.
        options: what the project says of its package.
        tell: gets a line about what takes long.

    Raises:
        PackageError: a file is missing, unreadable, outside the project or there twice, a dependency cannot
            be installed, or the package is larger than Lambda accepts. Then nothing was written.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    options = options or Options()
    if not destination.parent.is_dir():
        raise PackageError(f"{destination.parent} does not exist.", "Run `domovoi-tf render` first.")
    own = contents.own(project, kinds)
    listed = requirements.find(project, options.groups, options.boto3)
    folder = wheels.install(listed, target, tell) if listed else None
    needed = contents.dependencies(folder, listed.file.name) if listed and folder else []
    contents.check_origins([*own, *needed])
    kept, taken = (contents.without(each, options.exclude) for each in (own, needed))
    if options.layer and not taken:
        raise _empty_layer(listed)
    size_limits.check_unzipped(_parts([*kept, *taken]), options.layer)
    made = _make(destination, kept, taken, _compress_once(folder, needed), options)
    for path, (_, data) in made.items():
        _replace(path, data)
    return Package(
        zip=made[destination][0],
        layer=made[destination.with_name(LAYER)][0] if options.layer else None,
        requirements=listed,
        left_out=_left_out(folder, listed) if listed and folder else (),
        unmatched=tuple(contents.unmatched([*own, *needed], options.exclude)),
    )


def _make(
    destination: Path,
    own: list[Entry],
    needed: list[Entry],
    compressed: Mapping[str, Member],
    options: Options,
) -> dict[Path, tuple[Zip, bytes]]:
    """Returns the zips by their paths, the layer first: an old package works with a new layer."""
    ours, theirs = [*map(_compress, own)], [compressed[entry.name] for entry in needed]
    if not options.layer:
        return {destination: _zip(destination, "package", [*own, *needed], [*ours, *theirs], options)}
    layer = destination.with_name(LAYER)
    inside = [replace(member, name=_IN_LAYER + member.name) for member in theirs]
    return {
        layer: _zip(layer, "layer", needed, inside, options),
        destination: _zip(destination, "package", own, ours, options),
    }


def _zip(
    path: Path, what: str, entries: Sequence[Entry], compressed: Sequence[Member], options: Options
) -> tuple[Zip, bytes]:
    data = archive(compressed)
    if not options.through_s3:
        sizes: Counter[str] = Counter()
        for entry, member in zip(entries, compressed, strict=True):
            sizes[entry.part] += len(member.deflated)
        size_limits.check_zipped(what, len(data), sizes)
    unzipped = sum(member.size for member in compressed)
    digest = hashlib.sha256(data).hexdigest()
    return Zip(path, digest, len(data), unzipped, len(compressed), _parts(entries)), data


def _parts(entries: Iterable[Entry]) -> tuple[Part, ...]:
    return size_limits.parts((entry.part, contents.size(entry)) for entry in entries)


def _left_out(folder: Path, listed: Requirements) -> tuple[str, ...]:
    """Returns what the project or its dependencies require and the package leaves to Lambda's runtime."""
    if listed.boto3:
        return ()
    needed = {name for each in installed(folder) for name in each.needs(OF_THE_RUNTIME)}
    return tuple(sorted(needed | listed.names(OF_THE_RUNTIME)))


def _empty_layer(listed: Requirements | None) -> PackageError:
    where = f"{listed.file.name} leaves no file for it" if listed else "nothing lists dependencies"
    return PackageError(
        f"There is nothing to put into a layer: {where}.",
        "Build and render without --layer and without package_layer in .chalice/config.json.",
    )


def _compress_once(folder: Path | None, entries: Sequence[Entry]) -> dict[str, Member]:
    """Compresses the files of an installed folder, or reads what an earlier build compressed."""
    if folder is None:
        return {}
    cache = folder.with_suffix(".zip")
    found = _cached(cache)
    if found.keys() != {entry.name for entry in entries}:
        with ThreadPoolExecutor() as threads:  # zlib works outside Python's lock
            found = {member.name: member for member in threads.map(_compress, entries)}
        _replace(cache, archive(found.values()))
    return found


def _cached(cache: Path) -> dict[str, Member]:
    try:
        return {member.name: member for member in members(cache.read_bytes())}
    except (FileNotFoundError, zipfile.BadZipFile):
        return {}


def _compress(entry: Entry) -> Member:
    executable = bool(contents.status(entry).st_mode & stat.S_IXUSR)
    return compress(_utf8(entry.name), contents.read(entry), executable)


def _utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PackageError(f"The name of the file {name!r} is not UTF-8.", "Rename it.") from error
    return name


def _replace(destination: Path, data: bytes) -> None:
    try:
        atomic_files.remove_stale_files(destination)
        if not (destination.is_file() and destination.read_bytes() == data):
            atomic_files.replace_file(destination, data, 0o644)
    except OSError as error:
        message = f"{destination} cannot be written: {error.strerror}."
        raise PackageError(message, "Correct the permissions of its folder.") from error
