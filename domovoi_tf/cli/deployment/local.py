"""The commands of `local`, which run and test the app on a local AWS emulator."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.deployment import derived
from domovoi_tf.cli.lazy_group import Entry, LazyGroup
from domovoi_tf.cli.root import SECTIONS, cli
from domovoi_tf.cli.terraform import place
from domovoi_tf.system.suggestions import WITH_EMULATOR

if TYPE_CHECKING:
    from domovoi_tf.local.emulator_environment import Emulator


_HEADING = "The same as without local, at the emulator"
_ENTRIES = {entry.name: entry for entries in SECTIONS.values() for entry in entries}


class LocalGroup(LazyGroup):
    """The group `local`, with the commands of the program that have the option --emulator."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command; derives those that the program has too."""
        if cmd_name not in WITH_EMULATOR:
            return super().get_command(ctx, cmd_name)
        command = cli.get_command(ctx, cmd_name)
        return command and derived.derive(command, cmd_name)


@click.group(
    cls=LocalGroup,
    sections={
        "Emulator": [
            Entry("up", "deployment.local:up", "Start the emulator."),
            Entry("down", "deployment.local:down", "Stop the emulator and delete everything deployed to it."),
            Entry("status", "deployment.local:status", "Show whether and where the emulator runs."),
            Entry(
                "env", "deployment.local:env", "Print shell commands that set up a shell for the emulator."
            ),
            Entry(
                "send", "deployment.local_send:send", "Send an event to a handler through its event source."
            ),
        ],
        _HEADING: [
            _ENTRIES[name]._replace(help=derived.SUMMARIES.get(name, _ENTRIES[name].help))
            for name in WITH_EMULATOR
        ],
    },
    equivalents={"start": "up", "stop": "down", "console": "open"},
)
def local() -> None:
    """Run and test the app on a local AWS emulator."""


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1 (default: the last one, or a free one)."
)
@click.option("--iam", is_flag=True, help="Enforce the IAM policies of the functions' roles.")
def up(port: int | None, iam: bool) -> None:
    """Start the emulator.

    Example: domovoi-tf local up
    """
    from domovoi_tf.local import emulator

    running = emulator.start(port, iam)
    output.print_text(f"The emulator runs at {running.endpoint}.")
    output.print_text('Use it in this shell with: eval "$(domovoi-tf local env)"')
    if running.stale_shells:
        output.print_text(running.stale_shells)


@click.command()
def down() -> None:
    """Stop the emulator and delete everything deployed to it.

    Example: domovoi-tf local down
    """
    from domovoi_tf.local import emulator

    output.print_text("The emulator is stopped." if emulator.stop() else "The emulator was not running.")


@click.command()
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
        output.print_text(format_status(running))
    if running is None:
        sys.exit(1)


def format_status(running: Emulator | None) -> str:
    """Returns the description of the emulator."""
    if running is None:
        return "The emulator is not running."
    iam = "\nIt enforces the policies of the functions' roles." if running.iam else ""
    process = f"Its process is {running.pid}, and its log {running.log}."
    return f"The emulator runs at {running.endpoint}.\n{process}{iam}"


@click.command()
@options.project_option
@click.option("--stage", metavar="NAME", help="Stage for plain Terraform (default: dev, in a project).")
def env(project_dir: Path, stage: str | None) -> None:
    """Print shell commands that set up a shell for the emulator.

    Afterwards, aws, boto3 and all commands of domovoi-tf use the emulator instead of AWS, and so does
    terraform in the folder of the stage.

    Example: eval "$(domovoi-tf local env --stage dev)"
    """
    click.echo(format_environment(place.require_emulator(), project_dir, stage), nl=False)


def format_environment(emulator: Emulator, project_dir: Path, stage: str | None) -> str:
    """Returns the shell commands of `local env`.

    Args:
        emulator: the running emulator.
        project_dir: the project's folder, which need not have a project if no stage is given.
        stage: the name of the stage; None for the default stage of a project.
    """
    from domovoi_tf import settings
    from domovoi_tf.local import emulator_environment

    if stage is None and not (project_dir / settings.CONFIG).is_file():
        overrides = emulator_environment.build_overrides(emulator, os.environ)
        exports = emulator_environment.format_exports(overrides, os.environ)
        return f"{exports}# For plain terraform, run `domovoi-tf local env --stage NAME` in a project.\n"
    loaded = settings.load(project_dir, stage or options.DEFAULT_STAGE)
    root = pipeline.get_stage_folder(project_dir, loaded.stage, None)
    overrides = place.build_environment(emulator, loaded, root)
    return emulator_environment.format_exports(overrides, os.environ)
