"""The command `dev`."""

from __future__ import annotations

from pathlib import Path

import click

from domovoi_tf.cli import options


@click.command()
@options.app_options
@click.option(
    "--debug",
    "debug_port",
    type=click.IntRange(1, 65535),
    is_flag=False,
    flag_value=5678,
    metavar="[PORT]",
    help="Let an editor attach its debugger at this port on 127.0.0.1 (default: 5678).",
)
@click.option("--auto", is_flag=True, help="Apply changes of decorators and settings without asking.")
@click.option("--no-console", is_flag=True, help="Do not serve the console.")
@click.option(
    "--redact",
    multiple=True,
    metavar="REGEX",
    help="Replace what this regular expression matches before an event is recorded; can be repeated.",
)
def dev(
    project_dir: Path,
    stage: str,
    debug_port: int | None,
    auto: bool,
    no_console: bool,
    redact: tuple[str, ...],
) -> None:
    """Run the working tree for the real events of the emulator.

    Starts the emulator and deploys the app to it if necessary. From then on, each invocation of the app's
    functions on the emulator runs the handler in the working tree, and a saved file is in service for the
    next event. The console shows each event with its run.

    Example: domovoi-tf dev
    """
    from domovoi_tf.cli.deployment.dev_command import start

    start.start_dev(project_dir, stage, debug_port, auto, not no_console, redact)
