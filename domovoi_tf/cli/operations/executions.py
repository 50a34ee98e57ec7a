"""The commands of `executions`, for executions of state machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments, execution_view
from domovoi_tf.errors import INTERRUPTED
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.operations.execution import Progress
    from domovoi_tf.operations.executions import Machines

_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
_execution_argument = click.argument("execution", metavar="ARN|NAME")


@click.group()
def executions() -> None:
    """Manage executions of state machines."""


@executions.command("list")
@click.argument("machine", required=False)
@options.deployment_options
@click.option(
    "--status",
    type=click.Choice(_STATUSES, case_sensitive=False),
    help="List only executions in this status.",
)
@click.option(
    "--max",
    "limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Maximum number of executions.",
)
@options.json_option
def list_executions(
    machine: str | None,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    status: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List executions of one or all state machines, newest first.

    Example: domovoi-tf executions list --status FAILED --stage prod
    """
    selected = _open_machines(project_dir, stage, at_emulator).list_executions(machine, status, limit)
    if as_json:
        output.print_json([execution_view.describe_execution(execution) for execution in selected])
    elif not selected:
        output.print_text("There are no executions.")
    else:
        click.echo(execution_view.format_executions(selected))


@executions.command()
@click.argument("machine", required=False)
@click.option(
    "--input", "data", default="{}", metavar="FILE|JSON", help="Input of the execution.  [default: {}]"
)
@click.option("--name", help="Name of the execution (default: chosen by Step Functions).")
@click.option(
    "--follow", is_flag=True, help="Show the progress until the execution ends; exit with 1 if it fails."
)
@options.deployment_options
@options.json_option
def start(
    machine: str | None,
    data: str,
    name: str | None,
    follow: bool,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    as_json: bool,
) -> None:
    """Start an execution of a state machine.

    The name of the state machine can be omitted if the app has only one.

    Example: domovoi-tf executions start --input '{"malt": 5}' --follow
    """
    document = arguments.read_json(data, "input")
    machines = _open_machines(project_dir, stage, at_emulator)
    arn = machines.start(machine, json.dumps(document), name)
    if follow:
        _follow(machines, arn, as_json)
    elif as_json:
        output.print_json({"arn": arn})
    else:
        click.echo(arn)
        command = spell(f"executions follow {arn.rpartition(':')[2]}", stage)
        output.print_text(f"Follow it with: {command}", err=True)


@executions.command()
@_execution_argument
@options.deployment_options
@options.json_option
def follow(execution: str, project_dir: Path, stage: str, at_emulator: bool, as_json: bool) -> None:
    """Show the progress of an execution until it ends.

    Exits with 1 if the execution fails.

    Example: domovoi-tf executions follow brew-7 --stage prod
    """
    machines = _open_machines(project_dir, stage, at_emulator)
    _follow(machines, machines.find_execution(execution), as_json)


@executions.command()
@_execution_argument
@click.option("--data", "with_data", is_flag=True, help="Show its input and output too.")
@options.deployment_options
@options.json_option
def show(
    execution: str, with_data: bool, project_dir: Path, stage: str, at_emulator: bool, as_json: bool
) -> None:
    """Show the current status of an execution and its states.

    Example: domovoi-tf executions show brew-7
    """
    machines = _open_machines(project_dir, stage, at_emulator)
    arn = machines.find_execution(execution)
    progress = machines.read_progress(arn)
    data = machines.read_data(arn) if with_data else {}
    if as_json:
        output.print_json({**execution_view.describe_progress(progress), **data})
        return
    output.open_console().print(execution_view.create_tree(progress))
    output.print_text(execution_view.format_result(progress.execution))
    for name, value in data.items():
        click.echo(f"{name}: ", nl=False)
        output.print_json(value)


def _open_machines(project_dir: Path, stage: str, at_emulator: bool) -> Machines:
    from domovoi_tf.operations.executions import Machines

    application, settings = pipeline.load_deployed(project_dir, stage)
    return Machines(arguments.open_account(settings, at_emulator), application, settings)


def _follow(machines: Machines, arn: str, as_json: bool) -> None:
    """Shows the progress of an execution until it ends, and exits with 1 if it fails.

    Ctrl-C stops the display but not the execution.
    """
    updates = machines.follow(arn)
    try:
        last = _await_last(updates) if as_json else _show_updates(updates)
    except KeyboardInterrupt:
        output.print_text(f"The execution continues: {arn}", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        output.print_json(execution_view.describe_progress(last))
    else:
        output.print_text(execution_view.format_result(last.execution))
    if last.execution.status != "SUCCEEDED":
        sys.exit(1)


def _await_last(updates: Iterator[Progress]) -> Progress:
    for progress in updates:
        last = progress
    return last


def _show_updates(updates: Iterator[Progress]) -> Progress:
    """Redraws the tree of states at each update, and returns the last one."""
    console = output.open_console()
    if not console.is_terminal:
        return _print_updates(updates)
    from rich.live import Live

    with Live(console=console, auto_refresh=False) as live:
        for progress in updates:
            live.update(execution_view.create_tree(progress), refresh=True)
    return progress


def _print_updates(updates: Iterator[Progress]) -> Progress:
    """Prints a line for each event, because the output is not a terminal, and returns the last update."""
    printed = 0
    for progress in updates:
        for event in progress.events[printed:]:
            if line := execution_view.format_event(event):
                output.print_text(line)
        printed = len(progress.events)
    _, unreached = execution_view.split_reached(progress.states)
    if unreached:
        output.print_text(execution_view.format_unreached(unreached))
    return progress
