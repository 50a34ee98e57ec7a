"""The command `console`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.terraform import place

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.recorder.recorder import Recorder


@click.command()
@options.deployment_options
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="TCP port on 127.0.0.1 (default: a free one).",
)
@click.option("--no-browser", is_flag=True, help="Print the URL, and open no browser.")
def console(project_dir: Path, stage: str, at_emulator: bool, port: int | None, no_browser: bool) -> None:
    """Show a deployed stage in the browser, until Ctrl-C.

    The pages show the app, state machines, queues, logs and the rendered Terraform. They change nothing, but
    they can start executions and redrive messages. With --emulator, they show the events that `dev` has
    recorded too. Only this machine can open the URL, with the token in it.

    Example: domovoi-tf console --stage prod
    """
    import asyncio

    from domovoi_tf.console.server import require_packages

    require_packages()
    project = pipeline.load_deployed(project_dir, stage)
    account = arguments.open_account(project.settings, at_emulator)
    is_emulated = place.find_emulator(at_emulator) is not None
    with _open_recorder(project_dir, is_emulated) as recorder:
        asyncio.run(_serve(project_dir, project, account, is_emulated, recorder, port, no_browser))


@contextlib.contextmanager
def _open_recorder(project_dir: Path, is_emulated: bool) -> Iterator[Recorder | None]:
    """Opens the recorded events for reading, if there are any: `dev` may be recording more."""
    from domovoi_tf.recorder.database import locate_events
    from domovoi_tf.recorder.recorder import read_events

    path = locate_events(project_dir)
    if not (is_emulated and path.is_file()):
        yield None
        return
    with read_events(path) as recorder:
        yield recorder


async def _serve(
    project_dir: Path,
    project: pipeline.Project,
    account: Account,
    is_emulated: bool,
    recorder: Recorder | None,
    port: int | None,
    no_browser: bool,
) -> None:
    """Serves the console until Ctrl-C."""
    import asyncio
    import signal

    from domovoi_tf.console import server
    from domovoi_tf.console.application import create_console
    from domovoi_tf.console.ports import ConsoleProject

    listener = server.open_listener(port)
    number: int = listener.getsockname()[1]
    shown = ConsoleProject(
        folder=project_dir,
        tree=pipeline.get_output_folder(project_dir, None),
        stage=project.settings.stage,
        place="emulator" if is_emulated else "aws",
        read_app=lambda: project,
        open_account=lambda: account,
    )
    token = server.create_token()
    app = create_console(recorder, shown, None, token, number)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    output.print_text(format_start(project, account), err=True)
    output.echo(server.build_url(number, token))
    if not no_browser and sys.stdout.isatty():
        await asyncio.to_thread(server.open_in_browser, app, number)
    await server.serve(app, listener, stop)


def format_start(project: pipeline.Project, account: Account) -> str:
    """Returns the sentence about the console that starts.

    Args:
        project: the project in its stage.
        account: the account and Region of the stage.
    """
    return f"This URL opens the console of {project.settings.name} {account.location}. Ctrl-C ends it."
