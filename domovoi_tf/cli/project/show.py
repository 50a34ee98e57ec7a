"""The command `show`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domovoi_tf.cli import options, output, pipeline


@click.command()
@options.several_stages_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a list if several stages are shown.")
@options.import_options
def show(project_dir: Path, stages: tuple[str, ...], all_stages: bool, as_json: bool) -> None:
    """Show the app's functions, handlers and event sources.

    Example: domovoi-tf show --json
    """
    several = len(stages) > 1 or all_stages
    stages = pipeline.select_stages(project_dir, stages, all_stages)
    descriptions = [describe_app(project) for project in pipeline.load_stages(project_dir, stages)]
    if as_json:
        output.print_json(descriptions if several else descriptions[0])
    else:
        click.echo("\n\n".join(map(format_app, descriptions)))


def describe_app(project: pipeline.Project) -> dict[str, Any]:
    """Returns the functions, handlers and state machines of an app in a stage for JSON."""
    from domovoi_tf.operations.deployed_functions import build_function_name
    from domovoi_tf.settings.effective import resolve_function_settings

    application, settings = project
    resolved = {
        function.name: resolve_function_settings(function, settings)
        for function in application.deployed_functions
    }
    return {
        "app": settings.app_name,
        "stage": settings.stage,
        "functions": [
            {
                "name": build_function_name(settings, function.name),
                "memory_size": resolved[function.name].memory_size,
                "timeout": resolved[function.name].timeout,
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
            for function in application.deployed_functions
        ],
        "state_machines": [
            {"name": machine.name, "type": machine.type, "location": str(machine.location)}
            for machine in application.state_machines
        ],
    }


def format_app(description: dict[str, Any]) -> str:
    """Returns the description of an app as text: a line for each function, with its handlers below it."""
    lines = []
    for function in description["functions"]:
        lines.append(f"{function['name']}  ({function['memory_size']} MB, {function['timeout']} s)")
        rows = [[h["handler"], h["kind"], h["source"], h["location"]] for h in function["handlers"]]
        lines += output.format_table(rows, indent=2).splitlines()
    for machine in description["state_machines"]:
        lines.append(f"state machine {machine['name']}  ({machine['type']}, {machine['location']})")
    return "\n".join(lines)
