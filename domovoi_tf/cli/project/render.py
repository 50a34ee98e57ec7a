"""The command `render`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.project import tree
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.rendering.output_tree import Changes
    from domovoi_tf.rendering.staleness.stale_files import StaleFile

#: The colours of the lines of a diff.
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@options.several_stages_options
@options.out_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is out of date.")
@click.option("--diff", is_flag=True, help="With --check, show the differences and the reasons for them.")
@options.force_option
@options.rename_options
@click.option("--json", "as_json", is_flag=True, help="Print the changed or outdated files as JSON.")
@options.import_options
@options.layer_option
def render(
    project_dir: Path,
    stages: tuple[str, ...],
    all_stages: bool,
    out: Path | None,
    check: bool,
    diff: bool,
    force: bool,
    as_json: bool,
    layer: bool | None,
) -> None:
    """Write the app's Terraform for one or more stages.

    Example: domovoi-tf render --stage dev --stage prod
    """
    if diff and not check:
        raise click.UsageError("--diff needs --check.")
    stages = pipeline.select_stages(project_dir, stages, all_stages)
    projects = [
        project.with_package_options(layer=layer)
        for project in pipeline.load_stages(project_dir, stages, later=pipeline.TO_RENDER, quotas=True)
    ]
    folder = pipeline.get_output_folder(project_dir, out)
    if check:
        _check_tree(project_dir, folder, projects, diff, as_json)
    elif as_json:
        changes = tree.update_tree(project_dir, folder, projects, force)
        output.print_json(describe_changes(folder, changes))
    else:
        tree.write_tree(project_dir, folder, projects, force)


def _check_tree(
    project_dir: Path, folder: Path, projects: Sequence[pipeline.Project], diff: bool, as_json: bool
) -> None:
    """Prints the files that are out of date, and exits with 1 if there are any."""
    from domovoi_tf.rendering.output_tree import describe_interruption
    from domovoi_tf.rendering.versions import describe_writer

    if warning := describe_interruption(folder):
        output.print_warning(warning)
    changes = tree.compare_tree(project_dir, folder, projects)
    command = spell("render", *(project.settings.stage for project in projects))
    files = _list_files(folder, changes) if diff else ()
    if as_json:
        more = {"files": [{**each._asdict(), "diff": [*each.diff]} for each in files]} if diff else {}
        output.print_json({**describe_changes(folder, changes), **more})
    elif changes.outdated:
        reasons = {each.path: f": {each.reason}" for each in files}
        for path in changes.outdated:
            output.print_text(f"  stale  {folder.name}/{path}{reasons.get(path, '')}")
        for file in files:
            output.echo("\n".join(["", *_colour_lines(file.diff)]))
        if files:
            output.echo("")
        output.print_text(format_outdated(folder, changes, command), err=True)
    else:
        output.print_text(f"{folder} is up to date, {describe_writer(changes.previous.version)}.")
    if changes.outdated:
        sys.exit(1)


def _list_files(folder: Path, changes: Changes) -> tuple[StaleFile, ...]:
    from domovoi_tf.rendering.staleness.stale_files import list_stale_files

    return list_stale_files(folder, changes)


def _colour_lines(lines: Sequence[str]) -> list[str]:
    """Returns the lines of a diff with colours, which `output.echo` drops unless a terminal shows them."""
    header = [click.style(line, bold=True) for line in lines[:2]]
    rest = [click.style(line, fg=_COLOURS[line[0]]) if line[0] in _COLOURS else line for line in lines[2:]]
    return [*header, *rest]


def format_outdated(folder: Path, changes: Changes, command: str) -> str:
    """Returns the sentences that say that a tree is out of date, which version rendered it, and the remedy.

    Args:
        folder: the output folder.
        changes: the changes that rendering would make.
        command: the command that renders.
    """
    from domovoi_tf.rendering.versions import describe_writer, suggest_rendering

    if not changes.previous.files:
        return f"{folder} is out of date. Run `{command}`."
    version = changes.previous.version
    return f"{folder} is out of date, {describe_writer(version)}. {suggest_rendering(version, command)}"


def describe_changes(folder: Path, changes: Changes) -> dict[str, Any]:
    """Returns the written and the removed files for JSON, and the version that rendered the tree before."""
    from domovoi_tf.rendering.versions import FIRST

    removed = sorted(changes.removed)
    written = [path for path in changes.outdated if path not in removed]
    version = (changes.previous.version or FIRST) if changes.previous.files else None
    return {"folder": str(folder), "written": written, "removed": removed, "rendered_by": version}
