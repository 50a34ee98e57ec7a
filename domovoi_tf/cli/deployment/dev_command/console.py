"""Serves the console of a running `dev`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from domovoi_tf.cli.deployment.dev_command.context import Start
    from domovoi_tf.cli.deployment.dev_command.controls import DevControls
    from domovoi_tf.cli.deployment.dev_command.project_reader import ProjectReader
    from domovoi_tf.console.ports import ConsoleProject
    from domovoi_tf.operations.account import Account
    from domovoi_tf.recorder.recorder import Recorder

#: The file in the tool's folder of a project that has the port and the token, so that open pages stay valid.
_REMEMBERED = "console"


class Console(NamedTuple):
    """A running console: its first URL, and a function that opens it in a browser."""

    url: str
    open: Callable[[], bool]


@contextlib.asynccontextmanager
async def serve_console(
    start: Start, recorder: Recorder, controls: DevControls, projects: ProjectReader
) -> AsyncIterator[Console | None]:
    """Serves the console while the block runs, and yields it; None if the user wants none.

    Args:
        start: everything that was prepared.
        recorder: the recorded events.
        controls: the controls of this `dev`.
        projects: reads the app.
    """
    if not start.with_console:
        yield None
        return
    from domovoi_tf.console import server
    from domovoi_tf.console.application import create_console

    server.require_packages()
    listener, token = server.resume_listener(start.events.with_name(_REMEMBERED))
    port: int = listener.getsockname()[1]
    stop = asyncio.Event()
    app = create_console(recorder, _describe(start, projects), controls, token, port)
    serving = asyncio.create_task(server.serve(app, listener, stop))
    try:
        yield Console(server.build_url(port, token), lambda: server.open_in_browser(app, port))
    finally:
        stop.set()
        await serving


def _describe(start: Start, projects: ProjectReader) -> ConsoleProject:
    from domovoi_tf.cli import pipeline
    from domovoi_tf.console.ports import ConsoleProject

    @functools.cache
    def open_account() -> Account:
        from domovoi_tf.operations.account import Account

        return Account(start.region)

    return ConsoleProject(
        folder=start.project_dir,
        tree=pipeline.get_output_folder(start.project_dir, None),
        stage=start.stage,
        place="emulator",
        read_app=projects.read,
        open_account=open_account,
    )
