"""Stops a plan that would lack changes of the app, because Terraform reads only files derived from it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.project import tree
from domovoi_tf.errors import AppLoadError, DomovoiError, TerraformError, join_problems
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domovoi_tf.rendering.output_tree import Changes

#: Plans with these arguments of Terraform depend on the state only.
_WITHOUT_TREE = frozenset({"-destroy", "--destroy", "-refresh-only", "--refresh-only"})
check_option = click.option(
    "--no-render-check",
    "unchecked",
    is_flag=True,
    help="Plan the rendered files and the package even if the app has changed since.",
)


class _Problem(NamedTuple):
    """A sentence about something out of date, the command that updates it, and the version that wrote it."""

    text: str
    command: str
    version: str


#: The ends of the names of rendered files that Terraform does not read.
_UNREAD = ("/README.md", ".gitattributes")


def require_current(
    project_dir: Path, folder: Path, stage: str, unchecked: bool = False, arguments: Sequence[str] = ()
) -> None:
    """Checks that the rendered files of a stage and the package have all changes of the app.

    Nothing is compared without an app, or if the arguments make a plan that depends on the state only. If the
    app cannot be imported on this machine, as without its dependencies, a warning says so.

    Args:
        project_dir: the project's folder.
        folder: the output folder.
        stage: the name of the stage.
        unchecked: whether to print a warning instead of raising an error.
        arguments: the arguments for Terraform.

    Raises:
        TerraformError: the files or the package are out of date.
        DomovoiError: the app or its configuration is not valid, so that it cannot be rendered.
    """
    from domovoi_tf.loading.loader import has_app

    if not has_app(project_dir) or not _WITHOUT_TREE.isdisjoint(arguments):
        return
    try:
        project = pipeline.load_deployed(project_dir, stage, pipeline.TO_RENDER)
        problems = [*_find_problems(project_dir, folder, project)]
    except DomovoiError as error:
        if not unchecked and not isinstance(error, AppLoadError):
            raise
        reason = error.message.partition("\n")[0]
        output.print_warning(f"{folder.name}/ was not compared with the app: {reason}")
        return
    texts = [problem.text for problem in problems]
    if problems and unchecked:
        output.print_warning(f"the plan lacks changes of the app: {', and '.join(texts)}.")
    elif problems:
        raise join_problems(TerraformError, (f"{text}." for text in texts), _suggest_update(problems, stage))


def _suggest_update(problems: Sequence[_Problem], stage: str) -> str:
    from domovoi_tf.rendering.versions import is_newer, suggest_rendering

    commands = " and ".join(f"`{spell(problem.command, stage)}`" for problem in problems)
    remedy = f"Run {commands}, or `{spell('deploy', stage)}`."
    if newer := next((problem.version for problem in problems if is_newer(problem.version)), ""):
        remedy = suggest_rendering(newer, spell("render", stage))
    return f"Nothing was planned. {remedy} To plan the files as they are, add --no-render-check."


def _find_problems(project_dir: Path, folder: Path, project: pipeline.Project) -> Iterator[_Problem]:
    from domovoi_tf import __version__
    from domovoi_tf.doctor.project import join_paths
    from domovoi_tf.rendering.versions import describe_writer

    changes = _compare_tree(project_dir, folder, project)
    if files := list_stale_files(folder, changes):
        version = changes.previous.version if changes.previous.files else __version__
        writer = "" if version == __version__ else f": {describe_writer(version)}"
        text = f"{folder.name}/ is out of date ({join_paths(files)}){writer}"
        yield _Problem(text, "render", version)
    package = folder / "app" / "package.zip"
    if files := list_changed_files(package, project_dir, project):
        yield _Problem(f"{package.name} is out of date ({join_paths(files)})", "package", __version__)


def _compare_tree(project_dir: Path, folder: Path, project: pipeline.Project) -> Changes:
    """Compares the tree, with the value of ``--layer`` with which it was probably rendered."""
    changes = tree.compare_tree(project_dir, folder, [project])
    if not list_stale_files(folder, changes):
        return changes
    other = project.with_package_options(layer=not project.settings.package_layer)
    changes_of_other = tree.compare_tree(project_dir, folder, [other])
    return min(changes, changes_of_other, key=lambda each: len(list_stale_files(folder, each)))


def list_stale_files(folder: Path, changes: Changes) -> list[str]:
    """Returns the paths of the rendered files that Terraform would read differently after `render`.

    Files that were edited by hand are the user's. Comments, such as the line of a handler, and READMEs change
    nothing. Files of the copied modules are listed only if there are no others, as they say less.

    Args:
        folder: the output folder.
        changes: what `render` would change there.
    """
    stale = {*changes.removed}
    for file in changes.written:
        path = folder / file.path
        if not path.is_file() or _drop_comments(path.read_bytes()) != _drop_comments(file.content):
            stale.add(file.path)
    paths = sorted(each for each in stale.difference(changes.conflicts) if not each.endswith(_UNREAD))
    return [each for each in paths if "/modules/" not in each] or paths


def _drop_comments(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if not line.lstrip().startswith(b"#")]


def list_changed_files(package: Path, project_dir: Path, project: pipeline.Project) -> list[str]:
    """Returns the names of the app's own files that a package contains with another content.

    Args:
        package: the package, which may be missing or damaged.
        project_dir: the project's folder.
        project: the app and its settings.

    Raises:
        PackageError: a file of the project cannot be read.
    """
    from domovoi_tf.loading.project_modules import find_roots
    from domovoi_tf.packaging.contents import list_project_files

    roots = find_roots(project_dir, project.application.modules)
    entries = list_project_files(project_dir, roots, project.settings.package_include)
    try:
        with zipfile.ZipFile(package) as archive:
            names = {*archive.namelist()}
            return [
                entry.name
                for entry in entries
                if entry.name in names
                and archive.read(entry.name) != (entry.contents or entry.source.read_bytes())
            ]
    except (OSError, zipfile.BadZipFile):
        return []
