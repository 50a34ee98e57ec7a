"""Warns about a plan that lacks changes of the app, because Terraform reads only files derived from it."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.project import tree
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.rendering.output_tree import Changes


def warn_if_stale(project_dir: Path, folder: Path, stage: str) -> None:
    """Prints a warning if the rendered files of a stage, or the package, lack changes of the app.

    Nothing is compared if the app cannot be read here, as on a machine that only runs Terraform.

    Args:
        project_dir: the project's folder.
        folder: the output folder.
        stage: the name of the stage.
    """
    with contextlib.suppress(DomovoiError):
        project = pipeline.load_deployed(project_dir, stage)
        for warning in _find_warnings(project_dir, folder, project):
            output.print_warning(warning)


def _find_warnings(project_dir: Path, folder: Path, project: pipeline.Project) -> Iterator[str]:
    from domovoi_tf.doctor.project import join_paths

    stage = project.settings.stage
    changes = tree.compare_tree(project_dir, folder, [project])
    if files := list_stale_files(folder, changes):
        yield (
            f"the plan lacks changes of the app: {folder.name}/ is out of date ({join_paths(files)}). "
            f"Run `{spell('render', stage)}` or `{spell('deploy', stage)}`."
        )
    package = folder / "app" / "package.zip"
    if files := list_changed_files(package, project_dir, project):
        yield (
            f"the plan lacks changes of the code: {package.name} is out of date ({join_paths(files)}). "
            f"Run `{spell('package', stage)}` or `{spell('deploy', stage)}`."
        )


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
    paths = sorted(each for each in stale.difference(changes.conflicts) if not each.endswith("/README.md"))
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
