"""Builds the deployment package: a zip with the same bytes for the same inputs on any machine.

First the files are collected with their origins, so that conflicting paths are found before anything is
compressed. Then each file is compressed; the compressed dependencies are cached beside the installed wheels.
Then the zips, the package and optionally a layer of its dependencies, are assembled in memory, and replace
the existing ones if they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from domovoi_tf.errors import PackageError, join_problems
from domovoi_tf.loading.project_modules import find_roots
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging import contents, size_limits
from domovoi_tf.packaging.archives.zips import (
    LAYER,
    Zip,
    compress_dependencies,
    list_parts,
    make_zips,
    write_zips,
)
from domovoi_tf.packaging.bytecode.choice import Choice
from domovoi_tf.packaging.bytecode.entries import (
    Bytecode,
    compile_package,
    select_bytecode,
    start_compilation,
)
from domovoi_tf.packaging.contents import RUNTIME, Entry, list_runtime_files
from domovoi_tf.packaging.dependencies import requirements, wheels
from domovoi_tf.packaging.dependencies.distributions import list_distributions
from domovoi_tf.packaging.dependencies.lambda_sdk import describe_verdict
from domovoi_tf.packaging.dependencies.requirements import SDK, Requirements
from domovoi_tf.packaging.imports.checks import check_package
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.secret_files import check_secret_files
from domovoi_tf.packaging.size_limits import Part
from domovoi_tf.packaging.target import Target

__all__ = ["RUNTIME", "Options", "Package", "Target", "Zip", "build", "list_runtime_files"]


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
        release: the release of Python that compiled its modules; empty if it has no bytecode.
        bytecode: the files of bytecode; None if there are none.
        no_bytecode: why it has none.
    """

    zip: Zip
    layer: Zip | None = None
    requirements: Requirements | None = None
    left_out: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    reason: str = ""
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    release: str = ""
    bytecode: Part | None = None
    no_bytecode: str = ""


def build(
    project: Path,
    destination: Path,
    target: Target,
    kinds: Collection[str] | None = None,
    options: Options | None = None,
    report: Callable[[str], None] | None = None,
    read: ReadApplication | None = None,
    choice: Choice | None = None,
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
        choice: whether to add bytecode (default: none).

    Raises:
        PackageError: a file is missing, unreadable or outside the project, two files have the same path, a
            dependency cannot be installed, a file looks like a secret, the app read other modules than the
            package contains, or the package is too large for Lambda. Nothing was written.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    options = options or Options()
    roots = find_roots(project, read.modules) if read else ()
    all_own = contents.list_own_files(project, kinds, roots, options.include)
    compiling = _start_compilation(choice, contents.exclude(all_own, options.exclude))
    listed = requirements.find_requirements(project, options.groups, options.boto3)
    folder = wheels.install(listed, target, report) if listed else None
    dependencies = contents.list_dependency_files(folder, listed.name) if listed and folder else []
    own_files = contents.prefer_dependencies(all_own, dependencies)
    contents.check_origins([*own_files, *dependencies])
    warnings = _check_imports(project, own_files, dependencies, target, options, listed, read)
    own, needed = (contents.exclude(files, options.exclude) for files in (own_files, dependencies))
    if options.layer and not needed:
        raise _make_empty_layer_error(listed)
    named = [entry.removeprefix("./") for entry in options.include]
    check_secret_files(own, needed, folder, (*options.allow, *named))
    compiled = compiling(own, dependencies, folder, options.layer)
    bytecode = _select(compiled, needed, options)
    own, needed = [*own, *bytecode.own], [*needed, *bytecode.dependencies]
    size_limits.check_unzipped(list_parts([*own, *needed]), options.layer, bytecode.size)
    compressed = {**compress_dependencies(folder, dependencies), **bytecode.members}
    zips = make_zips(destination, own, needed, compressed, options.layer, not options.through_s3)
    written = write_zips(zips)
    package = Package(
        zip=written[destination],
        layer=written[destination.with_name(LAYER)] if options.layer else None,
        requirements=listed,
        unmatched=tuple(
            contents.find_unmatched([*own_files, *dependencies, *compiled.entries], options.exclude)
        ),
        warnings=warnings,
        release=bytecode.release,
        bytecode=Part("bytecode", len(bytecode.entries), bytecode.size) if bytecode.release else None,
        no_bytecode=choice.reason if choice else "",
    )
    return _describe_sdk(package, folder, listed, target) if listed and folder else package


def _start_compilation(choice: Choice | None, own: Sequence[Entry]) -> Callable[..., Bytecode]:
    """Starts to compile, if that is chosen, and returns a function that completes it."""
    if choice is None or choice.python is None:
        return lambda *_: Bytecode()
    started = start_compilation(choice.python, own)
    return partial(compile_package, choice.python, started, own)


def _select(compiled: Bytecode, needed: Sequence[Entry], options: Options) -> Bytecode:
    """Returns the bytecode of the modules in the package, without what is excluded by its own name."""
    return replace(
        compiled,
        own=contents.exclude(compiled.own, options.exclude),
        dependencies=contents.exclude(select_bytecode(compiled.dependencies, needed), options.exclude),
    )


def _describe_sdk(package: Package, folder: Path, listed: Requirements, target: Target) -> Package:
    """Adds which packages of the AWS SDK are left to Lambda's runtime, or why they are not."""
    packages = list_distributions(folder)
    included = tuple(each.name for each in packages if each.name in SDK)
    required, unmet = describe_verdict(folder, packages, listed, target)
    if included:
        return replace(package, included=included, reason=unmet if listed.boto3 is None else "")
    return replace(package, left_out=required)


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


def _make_empty_layer_error(listed: Requirements | None) -> PackageError:
    reason = f"no files of {listed.name} remain" if listed else "the project lists no dependencies"
    return PackageError(
        f"The layer would be empty: {reason}.",
        "Build and render without --layer and without package_layer in .chalice/config.json.",
    )
