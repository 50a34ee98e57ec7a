"""Builds the deployment package: a zip with the same bytes for the same inputs on any machine.

First the files are collected with their origins, so that conflicting paths are found before anything is
compressed. Then each file is compressed; the compressed dependencies are cached beside the installed wheels.
Then the zips, the package and optionally a layer of its dependencies, are assembled in memory, and replace
the existing ones if they differ.
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

from domovoi_tf.errors import PackageError, join_problems
from domovoi_tf.loading.project_modules import find_roots
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging import contents, size_limits
from domovoi_tf.packaging.archive import Member, compress, pack_members, read_members
from domovoi_tf.packaging.contents import RUNTIME, Entry, list_runtime_files
from domovoi_tf.packaging.dependencies import requirements, wheels
from domovoi_tf.packaging.dependencies.distributions import list_distributions
from domovoi_tf.packaging.dependencies.lambda_sdk import judge_sdk
from domovoi_tf.packaging.dependencies.requirements import SDK, Requirements
from domovoi_tf.packaging.imports.checks import check_package
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.secret_files import check_secret_files
from domovoi_tf.packaging.size_limits import Part
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files

__all__ = ["RUNTIME", "Options", "Package", "Target", "Zip", "build", "list_runtime_files"]

LAYER = "layer.zip"
_MODE = 0o600  # nobody else on this machine needs the app's code
#: The folder of a layer that is on Python's path. https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
_IN_LAYER = "python/"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a project for its package.

    Args:
        exclude: shell patterns of paths to leave out of the package.
        groups: additional dependency groups of pyproject.toml.
        boto3: whether to include the AWS SDK (boto3, botocore, s3transfer); None to include it if Lambda's
            runtime may not satisfy all bounds on it.
        layer: whether to put the dependencies into a layer.
        through_s3: whether the zips are uploaded through S3, which permits more than 50 MB.
        include: shell patterns of additional files and folders of the project.
        has_other_layers: whether functions have layers of the configuration.
        allow: shell patterns of files that may look like secrets.
    """

    exclude: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boto3: bool | None = None
    layer: bool = False
    through_s3: bool = False
    include: tuple[str, ...] = ()
    has_other_layers: bool = False
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Zip:
    """A zip on disk.

    Args:
        path: the file.
        sha256: its SHA-256 as hexadecimal digits.
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


@dataclass(frozen=True)
class Package:
    """A deployment package on disk.

    Args:
        zip: the package itself.
        layer: the layer of its dependencies; None if it has none.
        requirements: the file that lists its dependencies; None if there is none.
        left_out: dependencies that it leaves to Lambda's runtime.
        included: dependencies that Lambda's runtime has too, but maybe not in a suitable release.
        reason: why they are included.
        unmatched: patterns that exclude nothing.
        warnings: warnings about its modules.
    """

    zip: Zip
    layer: Zip | None = None
    requirements: Requirements | None = None
    left_out: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    reason: str = ""
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def build(
    project: Path,
    destination: Path,
    target: Target,
    kinds: Collection[str] | None = None,
    options: Options | None = None,
    report: Callable[[str], None] | None = None,
    read: ReadApplication | None = None,
) -> Package:
    """Builds the package of a project; an existing zip with the same bytes is not written again.

    Args:
        project: the folder with app.py, its modules, vendor/ and the file that lists the dependencies.
        destination: the zip to write; its folder must exist. A layer is written beside it.
        target: the Lambda runtime for which to choose wheels.
        kinds: the event source kinds that the app uses (default: all).
        options: the options of the project.
        report: called with a line of text before a long operation.
        read: the application, with the modules that importing it read, which are compared with the package.

    Raises:
        PackageError: a file is missing, unreadable or outside the project, two files have the same path, a
            dependency cannot be installed, a file looks like a secret, the app read other modules than the
            package contains, or the package is too large for Lambda. Nothing was written.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    options = options or Options()
    roots = find_roots(project, read.modules) if read else ()
    own_files = contents.list_own_files(project, kinds, roots, options.include)
    listed = requirements.find_requirements(project, options.groups, options.boto3)
    folder = wheels.install(listed, target, report) if listed else None
    dependencies = contents.list_dependency_files(folder, listed.name) if listed and folder else []
    own_files = contents.prefer_dependencies(own_files, dependencies)
    contents.check_origins([*own_files, *dependencies])
    warnings = _check_imports(project, own_files, dependencies, target, options, listed, read)
    own, needed = (contents.exclude(files, options.exclude) for files in (own_files, dependencies))
    if options.layer and not needed:
        raise _make_empty_layer_error(listed)
    named = [entry.removeprefix("./") for entry in options.include]
    check_secret_files(own, needed, folder, (*options.allow, *named))
    size_limits.check_unzipped(_list_parts([*own, *needed]), options.layer)
    zips = _make_zips(destination, own, needed, _compress_dependencies(folder, dependencies), options)
    for path, (_, data) in zips.items():
        _write_if_changed(path, data)
    package = Package(
        zip=zips[destination][0],
        layer=zips[destination.with_name(LAYER)][0] if options.layer else None,
        requirements=listed,
        unmatched=tuple(contents.find_unmatched([*own_files, *dependencies], options.exclude)),
        warnings=warnings,
    )
    return _describe_sdk(package, folder, listed, target) if listed and folder else package


def _describe_sdk(package: Package, folder: Path, listed: Requirements, target: Target) -> Package:
    """Adds which packages of the AWS SDK are left to Lambda's runtime, or why they are not."""
    packages = list_distributions(folder)
    included = tuple(each.name for each in packages if each.name in SDK)
    verdict = judge_sdk(packages, listed, target)
    if included:
        reason = str(verdict.unmet) if verdict.unmet and listed.boto3 is None else ""
        return replace(package, included=included, reason=reason)
    return replace(package, left_out=tuple(sorted(verdict.required)))


def _check_imports(
    project: Path,
    own: Sequence[Entry],
    dependencies: Sequence[Entry],
    target: Target,
    options: Options,
    listed: Requirements | None,
    read: ReadApplication | None,
) -> tuple[str, ...]:
    """Compares the modules that the app read with those of the package, and returns warnings."""
    if read is None:
        return ()
    package = PackagedFiles(
        project=project,
        own=own,
        dependencies=dependencies,
        target=target,
        excluded=options.exclude,
        has_layer=options.layer,
    )
    findings = check_package(read, package, listed.name if listed else "", options.has_other_layers)
    if findings.problems:
        raise join_problems(PackageError, map(str, findings.problems))
    return findings.warnings


def _make_zips(
    destination: Path,
    own: list[Entry],
    dependencies: list[Entry],
    compressed: Mapping[str, Member],
    options: Options,
) -> dict[Path, tuple[Zip, bytes]]:
    """Returns the zips by path; the layer is written first, because an old package works with a new layer."""
    own_members = [*map(_compress, own)]
    members = [compressed[entry.name] for entry in dependencies]
    if not options.layer:
        entries, all_members = [*own, *dependencies], [*own_members, *members]
        return {destination: _make_zip(destination, "package", entries, all_members, options)}
    layer = destination.with_name(LAYER)
    layer_members = [replace(member, name=_IN_LAYER + member.name) for member in members]
    return {
        layer: _make_zip(layer, "layer", dependencies, layer_members, options),
        destination: _make_zip(destination, "package", own, own_members, options),
    }


def _make_zip(
    path: Path, what: str, entries: Sequence[Entry], compressed: Sequence[Member], options: Options
) -> tuple[Zip, bytes]:
    data = pack_members(compressed)
    if not options.through_s3:
        sizes: Counter[str] = Counter()
        for entry, member in zip(entries, compressed, strict=True):
            sizes[entry.part] += len(member.deflated)
        size_limits.check_zipped(what, len(data), sizes)
    unzipped = sum(member.size for member in compressed)
    digest = hashlib.sha256(data).hexdigest()
    return Zip(path, digest, len(data), unzipped, len(compressed), _list_parts(entries)), data


def _list_parts(entries: Iterable[Entry]) -> tuple[Part, ...]:
    return size_limits.group_parts((entry.part, contents.get_size(entry)) for entry in entries)


def _make_empty_layer_error(listed: Requirements | None) -> PackageError:
    reason = f"no files of {listed.name} remain" if listed else "the project lists no dependencies"
    return PackageError(
        f"The layer would be empty: {reason}.",
        "Build and render without --layer and without package_layer in .chalice/config.json.",
    )


def _compress_dependencies(folder: Path | None, entries: Sequence[Entry]) -> dict[str, Member]:
    """Returns the compressed files of an installed folder, from the cache if an earlier build wrote them."""
    if folder is None:
        return {}
    cache = folder.with_suffix(".zip")
    members = _read_cache(cache)
    if members.keys() != {entry.name for entry in entries}:
        with ThreadPoolExecutor() as threads:  # zlib releases the interpreter lock
            members = {member.name: member for member in threads.map(_compress, entries)}
        _write_if_changed(cache, pack_members(members.values()))
    return members


def _read_cache(cache: Path) -> dict[str, Member]:
    try:
        return {member.name: member for member in read_members(cache.read_bytes())}
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return {}


def _compress(entry: Entry) -> Member:
    executable = bool(contents.read_status(entry).st_mode & stat.S_IXUSR)
    return compress(_require_utf8(entry.name), contents.read_entry(entry), executable)


def _require_utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PackageError(f"The name of the file {name!r} is not valid UTF-8.", "Rename it.") from error
    return name


def _write_if_changed(destination: Path, data: bytes) -> None:
    try:
        atomic_files.remove_stale_files(destination)
        if not (destination.is_file() and destination.read_bytes() == data):
            atomic_files.replace_file(destination, data, _MODE)
        elif stat.S_IMODE(destination.stat().st_mode) != _MODE:
            destination.chmod(_MODE)
    except OSError as error:
        message = f"{destination} cannot be written: {error.strerror}."
        raise PackageError(message, "Correct the permissions of its folder.") from error
