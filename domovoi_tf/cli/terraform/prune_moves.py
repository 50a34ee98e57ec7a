"""The command `prune-moves`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.terraform import place, stage_folder
from domovoi_tf.errors import DomovoiError, EmulatorError, TerraformError
from domovoi_tf.system.suggestions import spell


class Pruning(NamedTuple):
    """The moves that no stage needs, those that some stage needs, and the stages that could not be asked.

    Args:
        pruned: the moves that were removed, old address to new address.
        kept: the moves that remain.
        stages: the stages that need each move that remains, by its old address.
        unreadable: why a state could not be read, by stage.
    """

    pruned: Mapping[str, str]
    kept: Mapping[str, str]
    stages: Mapping[str, tuple[str, ...]]
    unreadable: Mapping[str, str]


@click.command("prune-moves")
@options.project_argument
@options.out_option
@options.terraform_option
@options.force_option
@options.json_option
def prune_moves(project_dir: Path, out: Path | None, force: bool, as_json: bool) -> None:
    """Remove the moved blocks that no stage needs any more.

    Reads the state of every stage in the output folder. A block remains while a state has something at its
    old address; all remain if a state cannot be read, and the exit code is then 1.

    Example: domovoi-tf prune-moves
    """
    from domovoi_tf.rendering.manifest import MANIFEST
    from domovoi_tf.rendering.output_tree import lock_tree

    if place.find_emulator(False):
        raise EmulatorError(
            "This shell works on the emulator, whose states say nothing about those of the stages.",
            "Run the command in another shell.",
        )
    folder = pipeline.get_output_folder(project_dir, out)
    if not (folder / MANIFEST).is_file():
        raise TerraformError(
            f"{folder} is not rendered.",
            f"Run `{spell('render')}` first, or name the project's folder with -C.",
        )
    with lock_tree(folder):
        pruning = _find_moves(project_dir, folder)
        if pruning.pruned:
            _write_moves(folder, pruning.kept, force)
    if as_json:
        output.print_json(describe_pruning(pruning))
    else:
        output.print_text("\n".join(format_pruning(pruning)))
    if pruning.unreadable:
        sys.exit(1)


def _find_moves(project_dir: Path, folder: Path) -> Pruning:
    """Reads the states of all stages in the output folder, unless there are no moves."""
    from domovoi_tf.renames.pruning import find_needed_moves
    from domovoi_tf.rendering.manifest import read_manifest

    manifest = read_manifest(folder)
    moves = manifest.moves
    needed: dict[str, set[str]] = {}
    unreadable: dict[str, str] = {}
    for stage in sorted(manifest.stages) if moves else []:
        try:
            needed[stage] = find_needed_moves(moves, _list_addresses(project_dir, folder, stage))
        except (DomovoiError, ValueError) as error:
            unreadable[stage] = str(error)
    stages = {old: tuple(stage for stage, each in needed.items() if old in each) for old in moves}
    kept = {old: new for old, new in moves.items() if unreadable or stages[old]}
    pruned = {old: new for old, new in moves.items() if old not in kept}
    return Pruning(pruned, kept, {old: stages[old] for old in kept}, unreadable)


def _list_addresses(project_dir: Path, folder: Path, stage: str) -> list[str]:
    """Returns the addresses in the state of a stage, whose backend is set up first if necessary."""
    from domovoi_tf.renames.pruning import list_state_addresses

    terraform = stage_folder.open_terraform(project_dir, folder, stage)
    try:
        text = terraform.capture("state pull")
    except TerraformError:  # the backend is not set up in this folder
        terraform.capture("init", "-input=false", "-no-color")
        text = terraform.capture("state pull")
    return list_state_addresses(text)


def _write_moves(folder: Path, moves: Mapping[str, str], force: bool) -> None:
    from domovoi_tf.rendering.output_tree import compare_moves, write_changes
    from domovoi_tf.rendering.templates import render_moves
    from domovoi_tf.system import assets

    files = render_moves(moves, assets.find_templates())
    write_changes(folder, compare_moves(folder, files, moves), force)


def format_pruning(pruning: Pruning) -> list[str]:
    """Returns the lines that describe what was removed, and why something remains."""
    if not (pruning.pruned or pruning.kept):
        return ["There are no moved blocks."]
    lines = [f"  removed  {old} -> {new}" for old, new in pruning.pruned.items()]
    for old, new in pruning.kept.items():
        reason = f"  ({', '.join(pruning.stages[old])})" if pruning.stages[old] else ""
        lines.append(f"  kept     {old} -> {new}{reason}")
    total = len(pruning.pruned) + len(pruning.kept)
    lines.append(f"{len(pruning.pruned)} of {total} moved blocks removed.")
    if stages := sorted({stage for each in pruning.stages.values() for stage in each}):
        lines.append(f"Deploy {', '.join(stages)} to remove the others.")
    lines += [f"The state of {stage} cannot be read: {each}" for stage, each in pruning.unreadable.items()]
    return lines


def describe_pruning(pruning: Pruning) -> dict[str, Any]:
    """Returns what was removed and what remains, for JSON."""
    kept = [{"from": old, "to": new, "stages": [*pruning.stages[old]]} for old, new in pruning.kept.items()]
    pruned = [{"from": old, "to": new} for old, new in pruning.pruned.items()]
    return {"removed": pruned, "kept": kept, "unreadable": dict(pruning.unreadable)}
