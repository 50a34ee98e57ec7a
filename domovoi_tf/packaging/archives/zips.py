"""Makes the zips of a package in memory: the package itself, and optionally a layer of its dependencies."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging import contents, size_limits
from domovoi_tf.packaging.archive import Member, pack_members
from domovoi_tf.packaging.archives.stored_members import compress_files, read_cache, write_if_changed
from domovoi_tf.packaging.contents import Entry
from domovoi_tf.packaging.size_limits import Part

LAYER = "layer.zip"
#: The folder of a layer that is on Python's path. https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
_IN_LAYER = "python/"
#: The folder of the runtime's bytecode, which cannot be excluded.
_COMPILED_RUNTIME = "domovoi_tf/__pycache__/"


@dataclass(frozen=True)
class Zip:
    """A zip on disk.

    Args:
        path: the file.
        sha256: its SHA-256 as hexadecimal digits; empty until it is written.
        size: its size in bytes.
        unzipped: the total size of its files in bytes.
        files: the number of its files.
        parts: its parts, largest first.
    """

    path: Path
    sha256: str
    size: int
    unzipped: int
    files: int
    parts: tuple[Part, ...]


def make_zips(
    destination: Path,
    own: Sequence[Entry],
    dependencies: Sequence[Entry],
    compressed: Mapping[str, Member],
    has_layer: bool,
    is_limited: bool,
) -> dict[Path, tuple[Zip, bytes]]:
    """Returns the zips by path; the layer is written first, because an old package works with a new layer.

    Args:
        destination: the path of the package. The layer is beside it.
        own: the files of the project and of the runtime.
        dependencies: the files of dependencies.
        compressed: these, compressed, by name.
        has_layer: whether dependencies go into a layer.
        is_limited: whether Lambda's limit for direct uploads counts.

    Raises:
        PackageError: a file cannot be read, or a zip is too large for Lambda.
    """
    own_members = [*compress_entries(own).values()]
    members = [compressed[entry.name] for entry in dependencies]
    if not has_layer:
        entries, all_members = [*own, *dependencies], [*own_members, *members]
        return {destination: _make_zip(destination, "package", entries, all_members, is_limited)}
    layer = destination.with_name(LAYER)
    layer_members = [member._replace(name=_IN_LAYER + member.name) for member in members]
    return {
        layer: _make_zip(layer, "layer", dependencies, layer_members, is_limited),
        destination: _make_zip(destination, "package", own, own_members, is_limited),
    }


def has_bytecode(package: Path) -> bool:
    """Returns whether a package was compiled; one that cannot be read was not.

    Args:
        package: the zip.
    """
    try:
        with zipfile.ZipFile(package) as archive:
            # Others can be files of the project or of dependencies. The runtime is in every package.
            return any(name.startswith(_COMPILED_RUNTIME) for name in archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False


def write_zips(zips: Mapping[Path, tuple[Zip, bytes]]) -> dict[Path, Zip]:
    """Writes zips that differ from those on disk, in this order, and returns them with their hashes.

    Args:
        zips: the zips with their bytes, by path.

    Raises:
        PackageError: a zip cannot be written.
    """
    with ThreadPoolExecutor(1) as threads:  # hashing takes as long as writing, and neither holds the lock
        hashes = {path: threads.submit(hashlib.sha256, data) for path, (_, data) in zips.items()}
        for path, (_, data) in zips.items():
            write_if_changed(path, data)
    return {path: replace(made, sha256=hashes[path].result().hexdigest()) for path, (made, _) in zips.items()}


def compress_dependencies(folder: Path | None, entries: Sequence[Entry]) -> dict[str, Member]:
    """Returns the compressed files of an installed folder, from the cache if an earlier build wrote them.

    Args:
        folder: the folder; None if there are no dependencies.
        entries: all files of the folder.

    Raises:
        PackageError: a file cannot be read, or the cache cannot be written.
    """
    if folder is None:
        return {}
    cache = folder.with_suffix(".zip")
    members = read_cache(cache)
    if members.keys() != {entry.name for entry in entries}:
        members = compress_entries(entries)
        write_if_changed(cache, pack_members(members.values()))
    return members


def compress_entries(entries: Iterable[Entry]) -> dict[str, Member]:
    """Returns the compressed files of entries by name.

    Args:
        entries: the entries.

    Raises:
        PackageError: a file cannot be read, or its name is not UTF-8.
    """
    return compress_files(
        (_require_utf8(entry.name), contents.read_entry(entry), _is_executable(entry)) for entry in entries
    )


def list_parts(entries: Iterable[Entry]) -> tuple[Part, ...]:
    """Returns the parts of a package, largest first.

    Args:
        entries: its files.
    """
    return size_limits.group_parts((entry.part, contents.get_size(entry)) for entry in entries)


def _make_zip(
    path: Path, what: str, entries: Sequence[Entry], compressed: Sequence[Member], is_limited: bool
) -> tuple[Zip, bytes]:
    data = pack_members(compressed)
    if is_limited:
        sizes: Counter[str] = Counter()
        bytecode = 0
        for entry, member in zip(entries, compressed, strict=True):
            sizes[entry.part] += len(member.deflated)
            bytecode += len(member.deflated) if entry.is_bytecode else 0
        size_limits.check_zipped(what, len(data), sizes, bytecode)
    unzipped = sum(member.size for member in compressed)
    sizes_by_part = ((entry.part, member.size) for entry, member in zip(entries, compressed, strict=True))
    parts = size_limits.group_parts(sizes_by_part)
    return Zip(path, "", len(data), unzipped, len(compressed), parts), data


def _is_executable(entry: Entry) -> bool:
    return not entry.is_bytecode and bool(contents.read_status(entry).st_mode & stat.S_IXUSR)


def _require_utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PackageError(f"The name of the file {name!r} is not valid UTF-8.", "Rename it.") from error
    return name
