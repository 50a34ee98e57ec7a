"""Renders projects and compares or writes the tree, for the commands that need this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.project import moves

if TYPE_CHECKING:
    from domovoi_tf.rendering.output_tree import Changes
    from domovoi_tf.rendering.templates import RenderedFile
    from domovoi_tf.settings import Settings
    from domovoi_tf.synthesis.stack import Stack


class _Rendering(NamedTuple):
    """The files of some stages, by stage, and the stack of one of them."""

    files: Mapping[str, tuple[RenderedFile, ...]]
    stack: Stack


def compare_tree(project_dir: Path, folder: Path, projects: Sequence[pipeline.Project]) -> Changes:
    """Returns the changes that rendering some stages would make in a folder.

    Raises:
        RenderError: Terraform has no form for a value, or the stages of the tree cannot share ``app/``.
        ValidationError: the stages of the tree cannot share ``app/``, or a rename needs an answer.
        WriteError: the manifest cannot be read.
    """
    return _compare_tree(project_dir, folder, projects, _render_stages(projects))


def update_tree(
    project_dir: Path, folder: Path, projects: Sequence[pipeline.Project], force: bool
) -> Changes:
    """Renders some stages into a folder, and returns the changes."""
    from domovoi_tf.rendering.output_tree import lock_tree, write_changes

    def print_wait() -> None:
        output.print_text(f"Waiting for another process that is writing to {folder}.", err=True)

    rendering = _render_stages(projects)
    with lock_tree(folder, print_wait):
        changes = _compare_tree(project_dir, folder, projects, rendering)
        for warning in moves.find_blind_spots(folder, rendering.files, changes.previous):
            output.print_warning(warning)
        write_changes(folder, changes, force)
    return changes


def write_tree(project_dir: Path, folder: Path, projects: Sequence[pipeline.Project], force: bool) -> None:
    """Renders some stages into a folder, and prints the changes, and which states cannot be shared."""
    changes = update_tree(project_dir, folder, projects, force)
    settings = [project.settings for project in projects]
    lines = [*format_tree_changes(folder, changes, settings), *format_local_states(folder, settings)]
    output.print_text("\n".join(lines))


def format_tree_changes(folder: Path, changes: Changes, settings: Sequence[Settings]) -> list[str]:
    """Returns the lines that describe what rendering some stages changed."""
    from domovoi_tf.rendering.versions import describe_writer

    lines = [
        f"  {'removed' if path in changes.removed else 'written'}  {folder.name}/{path}"
        for path in changes.outdated
        if "/modules/" not in path
    ]
    own = ("app/", *(f"stages/{each.stage}/" for each in settings))
    total = sum(path.startswith(own) for path in changes.manifest.files)
    count = sum(path.startswith(own) for path in changes.stale)
    previous = changes.previous
    if previous.files and previous.version != changes.manifest.version:
        lines.append(f"{folder} was {describe_writer(previous.version)}.")
    return [*lines, f"{folder}: {count} of {total} files changed."]


def format_local_states(folder: Path, settings: Sequence[Settings]) -> list[str]:
    """Returns the lines that say which stages on AWS would have their state in a local file."""
    local = [each.stage for each in settings if _has_local_file(folder, each)]
    if not local:
        return []
    stages, is_one = ", ".join(local), len(local) == 1
    what = f"The state of {stages} is a local file" if is_one else f"The states of {stages} are local files"
    advice = f"To share {'it' if is_one else 'them'}, configure terraform.backend in .chalice/config.json."
    return [f"{what}. {advice}"]


def _has_local_file(folder: Path, settings: Settings) -> bool:
    """Returns whether neither the configuration nor an override file of a stage has a backend."""
    from domovoi_tf.state.backend_arguments import read_override

    return settings.backend is None and read_override(folder / "stages" / settings.stage) is None


def _compare_tree(
    project_dir: Path,
    folder: Path,
    projects: Sequence[pipeline.Project],
    rendering: _Rendering,
) -> Changes:
    from domovoi_tf.rendering.git_attributes import render_attributes
    from domovoi_tf.rendering.manifest import read_manifest
    from domovoi_tf.rendering.output_tree import compare_tree
    from domovoi_tf.rendering.stage_consistency import merge_files
    from domovoi_tf.rendering.templates import render_moves
    from domovoi_tf.synthesis.addresses import list_addresses
    from domovoi_tf.system import assets

    files, addresses = merge_files(rendering.files), list_addresses(rendering.stack)
    previous = read_manifest(folder)
    moved = moves.decide_moves(projects[0].application, addresses, previous)
    templates = assets.find_templates()
    files = (*files, *render_moves(moved, templates), render_attributes(templates))
    changes = compare_tree(folder, files, list(rendering.files), addresses, moved, previous)
    if changes.shared:
        others = sorted(changes.previous.stages - rendering.files.keys())
        _check_other_stages(project_dir, folder, projects, others)
    return changes


def _check_other_stages(
    project_dir: Path, folder: Path, projects: Sequence[pipeline.Project], others: Sequence[str]
) -> None:
    """Checks that other stages of the tree can share the ``app/`` that would be written for some.

    Raises:
        RenderError: they need different files.
        ValidationError: the app declares other sources there.
    """
    from domovoi_tf.errors import DomovoiError, ValidationError
    from domovoi_tf.rendering.stage_consistency import find_differences, merge_files

    by_stage = {project.settings.stage: project for project in projects}
    for stage in others:
        try:
            by_stage[stage] = _load_other_stage(project_dir, stage, projects)
        except DomovoiError as error:
            reason = error.message.splitlines()[0]
            output.print_warning(
                f"{folder}/app changes for the stage {stage} too, which is not valid: {reason}"
            )
    applications = {stage: project.application for stage, project in by_stage.items()}
    if problems := find_differences(applications, projects[0].settings.app_name):
        conflict = ValidationError(problems)
        conflict.remarks = tuple(
            f"{folder}/app would change, which the stage {stage} shares. If that stage no longer exists, "
            f"remove {folder}/stages/{stage}."
            for stage in others
        )
        raise conflict
    merge_files(_render_stages([*by_stage.values()]).files)


def _load_other_stage(
    project_dir: Path, stage: str, projects: Sequence[pipeline.Project]
) -> pipeline.Project:
    """Returns the project in another stage. The app is imported only for another environment."""
    settings = pipeline.load_settings(project_dir, [stage])
    applications = pipeline.load_applications(project_dir, settings, (), projects)
    project = pipeline.Project(applications[stage], settings[stage])
    return project.with_package_options(layer=projects[0].settings.package_layer)


def _render_stages(projects: Sequence[pipeline.Project]) -> _Rendering:
    from domovoi_tf.rendering.templates import render
    from domovoi_tf.synthesis.app_module import synthesize
    from domovoi_tf.system import assets

    stacks = {project.settings.stage: synthesize(*project) for project in projects}
    templates, modules = assets.find_templates(), assets.find_modules()
    files = {stage: render(stack, templates, modules) for stage, stack in stacks.items()}
    return _Rendering(files, next(iter(stacks.values())))
