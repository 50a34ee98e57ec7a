"""The checks of the imported modules when the app is rendered, and when its package is built."""

from __future__ import annotations

import itertools
from pathlib import Path

from domovoi_tf.errors import Problem, sort_problems
from domovoi_tf.loading.project_modules import find_roots
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging.contents import list_project_files
from domovoi_tf.packaging.imports.library_modules import check_hidden_library, find_hidden_library
from domovoi_tf.packaging.imports.own_modules import check_own_modules, find_unpackaged_files
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.included_files import find_empty_entries
from domovoi_tf.packaging.target import Target


class Findings:
    """The problems and the warnings about the modules and the data files that an app read."""

    def __init__(self, problems: tuple[Problem, ...], warnings: tuple[str, ...]) -> None:
        self.problems = problems
        self.warnings = warnings


def check_project(
    project: Path,
    read: ReadApplication,
    target: Target,
    include: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
) -> Findings:
    """Checks what the app read of the project and of vendor/, without its dependencies.

    Args:
        project: the project's folder.
        read: the application, with what importing it read.
        target: the Lambda runtime.
        include: shell patterns of additional files for the package.
        excluded: shell patterns of paths to leave out of the package.

    Raises:
        PackageError: a file is unreadable or outside the project.
    """
    own = list_project_files(project, find_roots(project, read.modules), include)
    package = PackagedFiles(project=project, own=own, target=target, excluded=excluded)
    unmatched = itertools.starmap(_make_include_problem, find_empty_entries(project, include))
    problems = [*unmatched, *check_own_modules(read, package), *check_hidden_library(read, package)]
    files = [f"{notice.location}: {notice.message}" for notice in find_unpackaged_files(read, package)]
    return Findings(sort_problems(problems), (*files, *find_hidden_library(read, package)))


def _make_include_problem(entry: str, skipped: str) -> Problem:
    if skipped:
        return Problem(
            ".chalice/config.json",
            f"the pattern {entry!r} in package_include matches only what patterns leave out: {skipped}",
            "Name each file itself, or remove the pattern.",
        )
    return Problem(
        ".chalice/config.json",
        f"the pattern {entry!r} in package_include matches no file of the project",
        "Correct or remove it.",
    )


def check_package(
    read: ReadApplication, package: PackagedFiles, listing: str, has_other_layers: bool
) -> Findings:
    """Checks everything that the app read, when its dependencies are installed.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
        listing: the file that lists the dependencies; empty if there is none.
        has_other_layers: whether functions have layers of the configuration, which may contain the rest.
    """
    from domovoi_tf.packaging.imports.dependencies import check_dependencies
    from domovoi_tf.packaging.imports.metadata import check_metadata

    missing = tuple(check_dependencies(read, package, listing))
    problems = [*check_own_modules(read, package), *check_hidden_library(read, package)]
    problems += check_metadata(read, package)
    warnings = list(find_hidden_library(read, package))
    if has_other_layers:
        warnings += [
            f"{problem.location}: {problem.message}. The app can only start if a layer of the configuration "
            "contains it"
            for problem in missing
        ]
    else:
        problems += missing
    return Findings(sort_problems(problems), tuple(warnings))
