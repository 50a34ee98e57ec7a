"""Checks that imported modules of other packages are in the deployment package, or in Lambda's runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.errors import Problem
from domovoi_tf.loading.recording.records import ImportedModule, ReadApplication
from domovoi_tf.packaging.dependencies.distributions import list_distributions
from domovoi_tf.packaging.imports.guards import find_import, is_optional
from domovoi_tf.packaging.imports.library_modules import is_in_library
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.local_sources.source_tree import read_toml

#: The modules that Lambda's runtime provides: boto3 with its dependencies, and the runtime client's.
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
_RUNTIME = (
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
    *("awslambdaric", "simplejson", "snapshot_restore_py"),
)

_PROJECT_DEPENDENCIES = "the dependencies in pyproject.toml"


def check_dependencies(read: ReadApplication, package: PackagedFiles, listing: str) -> Iterator[Problem]:
    """Yields a problem for each module that Lambda would not find, or would read from the project.

    A module is not missed if the app goes on without it, or if the packaged release of the package that
    imports it does not import it.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
        listing: the file that lists the dependencies; empty if there is none.
    """
    for module in read.modules:
        if module.name.startswith("domovoi_tf") or package.is_own_path(module.file):
            continue
        entry = package.lookup.find(module.name)
        if entry is not None and module.file and not package.is_foreign(entry):
            if not package.is_same(entry, module.file):
                yield _make_other_file_problem(module, package, entry.origin)
        elif not package.lookup.contains(module.name) and not _is_provided(module, package):
            place = _find_need(module, read, package)
            if place:
                yield _make_missing_problem(place, module, package, listing)


def _is_provided(module: ImportedModule, package: PackagedFiles) -> bool:
    if not module.file:
        return is_in_library(module.name, package.target)
    return module.name.partition(".")[0] in _RUNTIME


def _find_need(module: ImportedModule, read: ReadApplication, package: PackagedFiles) -> str:
    """Returns the line that cannot do without a module, or an empty string."""
    frames = ((file, line, not package.is_own_path(file)) for file, line in module.frames)
    if module.frames and not any(is_optional(*frame) for frame in frames):
        importer = module.frames[0][0]
        if package.is_own_path(importer) or _is_needed_by(importer, module.name, package):
            return package.locate(module.frames)
    for own in read.modules:
        if not package.is_own_path(own.file) or any(is_optional(*frame) for frame in own.frames):
            continue
        if line := find_import(Path(own.file), module.name):
            return f"{package.format_path(own.file)}:{line}"
    return ""


def _is_needed_by(importer: str, name: str, package: PackagedFiles) -> bool:
    """Returns whether the packaged release of a dependency imports a module too."""
    path = package.format_path(importer)
    entries = (entry for entry in package.dependencies if entry.name == path)
    return any(find_import(entry.source, name, any_condition=True) is not None for entry in entries)


def _make_other_file_problem(module: ImportedModule, package: PackagedFiles, origin: str) -> Problem:
    return Problem(
        package.locate(module.frames),
        f"Lambda would import {module.name} from {origin}, and not from {module.file}",
        f"Rename {origin}.",
    )


def _make_missing_problem(
    place: str, module: ImportedModule, package: PackagedFiles, listing: str
) -> Problem:
    what = f"the module {module.name}, which is imported here{package.format_chain(module.frames)}"
    if not module.file:
        return Problem(
            place,
            f"Python {package.target.python} does not have {what}: it belongs to the standard library of "
            "another version",
            "Replace it, or set python_version in .chalice/config.json to the version that has it.",
        )
    if package.everything.contains(module.name):
        return Problem(
            place,
            f"neither the package nor Lambda's runtime contains {what}: a pattern excludes it",
            "Remove the pattern from package_exclude in .chalice/config.json, or from --exclude.",
        )
    distribution = _find_distribution(module.file)
    lists = f"{listing} does not list it" if listing else "the project lists no dependencies"
    return Problem(
        place,
        f"neither the package nor Lambda's runtime contains {what}: {lists}",
        _suggest_remedy(distribution, module, *_choose_place(listing, package.project)),
    )


def _suggest_remedy(distribution: str, module: ImportedModule, place: str, command: str) -> str:
    if not distribution:
        return (
            f"It was read from {module.file}. Add the package that contains it to {place}{command}, "
            "or copy it into vendor/."
        )
    return f"Add {distribution} to {place}{command}."


def _choose_place(listing: str, project: Path) -> tuple[str, str]:
    """Returns where to add a dependency, and what else to do."""
    name = Path(listing).name
    if name == "pylock.toml":
        return "the project's dependencies", " and lock again"
    if name == "uv.lock":
        return _PROJECT_DEPENDENCIES, " and run `uv lock`"
    path = project / "pyproject.toml"
    if name == path.name or (not name and path.is_file() and "project" in read_toml(path)):
        return _PROJECT_DEPENDENCIES, ""
    return listing or "requirements.txt", ""


def _find_distribution(file: str) -> str:
    """Returns the name of the installed distribution that contains a module, or an empty string."""
    folder, _, path = file.rpartition("-packages/")
    installed = list_distributions(Path(f"{folder}-packages")) if folder else ()
    return next((each.pinned.partition("==")[0] for each in installed if path in each.files), "")
