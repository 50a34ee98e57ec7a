"""The commands of `local`, which run and test the app on a local AWS emulator."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output
from domovoi_tf.cli.deployment import local_deploy, local_send
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.operations import logs as log_commands

if TYPE_CHECKING:
    from domovoi_tf.local.emulator_environment import Emulator


@click.group()
def local() -> None:
    """Run and test the app on a local AWS emulator."""


local.add_command(local_deploy.deploy)
local.add_command(local_send.send)


@local.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1 (default: any free port).")
@click.option("--iam", is_flag=True, help="Enforce the IAM policies of the functions' roles.")
def up(port: int | None, iam: bool) -> None:
    """Start the emulator.

    Example: domovoi-tf local up
    """
    from domovoi_tf.local import emulator

    click.echo(f"The emulator runs at {emulator.start(port, iam).endpoint}.")
    click.echo('Use it in this shell with: eval "$(domovoi-tf local env)"')


@local.command()
def down() -> None:
    """Stop the emulator and delete everything deployed to it.

    Example: domovoi-tf local down
    """
    from domovoi_tf.local import emulator

    click.echo("The emulator is stopped." if emulator.stop() else "The emulator was not running.")


@local.command()
@options.json_option
def status(as_json: bool) -> None:
    """Show whether and where the emulator runs.

    Exits with 1 if it does not run.

    Example: domovoi-tf local status
    """
    from domovoi_tf.local import emulator

    running = emulator.find_running()
    if as_json:
        output.print_json({"running": running is not None, **(running._asdict() if running else {})})
    else:
        click.echo(format_status(running))
    if running is None:
        sys.exit(1)


def format_status(running: Emulator | None) -> str:
    """Returns the description of the emulator."""
    if running is None:
        return "The emulator is not running."
    iam = "\nIt enforces the policies of the functions' roles." if running.iam else ""
    return f"The emulator runs at {running.endpoint} (process {running.pid}, log {running.log}).{iam}"


@local.command()
def env() -> None:
    """Print shell commands that set up a shell for the emulator.

    Afterwards, terraform, aws and boto3 use the emulator instead of AWS.

    Example: eval "$(domovoi-tf local env)"
    """
    from domovoi_tf.local import emulator_environment

    click.echo(emulator_environment.format_exports(arguments.require_emulator(), os.environ), nl=False)


@local.command()
@click.argument("handler", required=False)
@options.project_option
@options.stage_option
@log_commands.log_options(default_since=None)
@options.import_options
def logs(**selection: Any) -> None:
    """Show the logs of one or all handlers.

    Works like `domovoi-tf logs --emulator`, but shows all lines by default.

    Example: domovoi-tf local logs -f
    """
    log_commands.print_logs(at_emulator=True, **selection)
