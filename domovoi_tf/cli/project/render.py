"""Commands that read a project and write files: no credentials, no network, no Terraform."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.deployment import package

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.rendering.output_tree import Changes
    from domovoi_tf.settings import Settings


@click.command()
@options.project_argument
@options.stages_option
@options.all_stages_option
@options.out_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is not as rendered.")
@options.force_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: the files that were, or are, not as rendered."
)
@options.reading_options
@package.layer_option
def render(
    project_dir: Path,
    stages: tuple[str, ...],
    all_stages: bool,
    out: Path | None,
    check: bool,
    force: bool,
    as_json: bool,
    layer: bool | None,
) -> None:
    """Write the app as Terraform, for one stage or several.

    Example: domovoi-tf render --stage dev --stage prod
    """
    chosen = pipeline.chosen_stages(project_dir, stages, all_stages)
    loaded = [package.with_options(each, layer) for each in pipeline.load_stages(project_dir, chosen)]
    folder = pipeline.output_folder(project_dir, out)
    if check:
        _check(project_dir, folder, loaded, as_json)
    elif as_json:
        _print_json(folder, pipeline.written(project_dir, folder, loaded, force))
    else:
        pipeline.write_stages(project_dir, folder, loaded, force)


def _check(project_dir: Path, folder: Path, loaded: Sequence[pipeline.Loaded], as_json: bool) -> None:
    from domovoi_tf.rendering.output_tree import settle

    settle(folder)
    found = pipeline.changes(project_dir, folder, loaded)
    if as_json:
        _print_json(folder, found)
        sys.exit(1 if found.stale else 0)
    if not found.stale:
        click.echo(f"{folder} is as rendered.")
        return
    for path in found.stale:
        click.echo(f"  stale  {folder.name}/{path}")
    click.echo(f"{folder} is stale: run `domovoi-tf render`.", err=True)
    sys.exit(1)


def _print_json(folder: Path, found: Changes) -> None:
    removed = sorted(found.removed)
    written = [path for path in found.stale if path not in removed]
    click.echo(json.dumps({"folder": str(folder), "written": written, "removed": removed}, indent=2))


@click.command()
@options.project_argument
@options.stages_option
@options.all_stages_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a list where several stages are shown.")
@options.reading_options
def show(project_dir: Path, stages: tuple[str, ...], all_stages: bool, as_json: bool) -> None:
    """Show the app's functions, handlers and event sources.

    Example: domovoi-tf show --json
    """
    loaded = pipeline.load_stages(project_dir, pipeline.chosen_stages(project_dir, stages, all_stages))
    descriptions = [_description(*each) for each in loaded]
    if as_json:
        several = len(stages) > 1 or all_stages
        click.echo(json.dumps(descriptions if several else descriptions[0], indent=2))
    else:
        click.echo("\n\n".join(map(_table, descriptions)))


def _description(application: Application, settings: Settings) -> dict[str, Any]:
    from domovoi_tf.settings.effective import effective

    holds = {function.name: effective(function, settings) for function in application.functions}
    return {
        "app": settings.app_name,
        "stage": settings.stage,
        "functions": [
            {
                "name": f"{settings.name}-{function.name}" if function.name else settings.name,
                "memory_size": holds[function.name].memory_size,
                "timeout": holds[function.name].timeout,
                "handlers": [
                    {
                        "handler": route.handler,
                        "kind": route.trigger.kind,
                        "source": route.trigger.describe(),
                        "location": str(route.location),
                    }
                    for route in application.routes
                    if route.trigger.function == function.name
                ],
            }
            for function in application.functions
        ],
        "state_machines": [
            {"name": machine.name, "type": machine.type, "location": str(machine.location)}
            for machine in application.state_machines
        ],
    }


def _table(description: dict[str, Any]) -> str:
    lines = []
    for function in description["functions"]:
        lines.append(f"{function['name']}  ({function['memory_size']} MB, {function['timeout']} s)")
        rows = [[h["handler"], h["kind"], h["source"], h["location"]] for h in function["handlers"]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += [
            "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    for machine in description["state_machines"]:
        lines.append(f"state machine {machine['name']}  ({machine['type']}, {machine['location']})")
    return "\n".join(lines)


COMMANDS = (render, show)
