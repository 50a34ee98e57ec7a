"""Prepares the emulator for `dev`: starts it, deploys the stage if necessary, and cleans up at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.deployment.dev_command.context import Start
from domovoi_tf.cli.deployment.dev_command.deployment import deploy

if TYPE_CHECKING:
    from domovoi_tf.local.emulator_environment import Emulator


def start_dev(
    project_dir: Path,
    stage: str,
    debug_port: int | None,
    auto: bool,
    with_console: bool,
    redact: tuple[str, ...],
) -> None:
    """Runs `dev` until the user ends it.

    Args:
        project_dir: the project's folder.
        stage: the stage.
        debug_port: the port at which a debugger attaches; None without debugging.
        auto: whether to apply changes of the tree without asking.
        with_console: whether to serve the console.
        redact: regular expressions; what they match is replaced before an event is recorded.

    Raises:
        DomovoiError: the project or a regular expression is not valid, `dev` already runs in the project, or
            the deployment failed.
    """
    from domovoi_tf.cli.deployment.dev_command.run import run_session
    from domovoi_tf.console.server import require_packages
    from domovoi_tf.dev.debugging.hub import require_port
    from domovoi_tf.dev.instance import hold_project
    from domovoi_tf.local.emulator_environment import build_overrides
    from domovoi_tf.recorder.database import locate_events
    from domovoi_tf.recorder.redaction import Redactor
    from domovoi_tf.system.user_folder import ensure_private_folder
    from domovoi_tf.terraform.runner import override_environment

    # A mistake is reported before anything is started.
    Redactor(redact)
    if debug_port is not None:
        require_port(debug_port)
    if with_console:
        require_packages()
    project = pipeline.load_deployed(project_dir, stage)  # the deployment prints the warnings
    events = locate_events(project_dir)
    with hold_project(ensure_private_folder(events.parent), stage), _run_emulator() as emulator:
        deploy(emulator, project_dir, project)
        start = Start(
            project_dir=project_dir,
            project=project,
            emulator=emulator,
            events=events,
            python=options.get_python() or sys.executable,
            debug_port=debug_port,
            auto=auto,
            with_console=with_console,
            redact=redact,
        )
        with override_environment(build_overrides(emulator, os.environ)):
            asyncio.run(run_session(start))


@contextlib.contextmanager
def _run_emulator() -> Iterator[Emulator]:
    """Yields the running emulator; starts it if none runs, and stops it then at the end of the block.

    It keeps running if `dev` uses it in another project too.
    """
    from domovoi_tf.local import emulator
    from domovoi_tf.local.forwarding import addresses
    from domovoi_tf.system.suggestions import spell

    running = emulator.find_running()
    if running is not None:
        yield running
        return
    started = emulator.start()
    output.print_text(f"The emulator runs at {started.endpoint}.")
    try:
        yield started
    finally:
        current = emulator.find_running()
        is_mine = current is None or current.pid == started.pid  # otherwise somebody has started another one
        if others := is_mine and addresses.list_projects(started.folder):
            output.print_text(
                f"The emulator keeps running for `dev` in {', '.join(others)}. "
                f"Stop it with `{spell('local down')}`."
            )
        elif is_mine:
            emulator.stop()
