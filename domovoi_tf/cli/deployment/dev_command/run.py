"""Runs the parts of `dev` together: the session, its server, the watch, the terminal and the console."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any

from domovoi_tf.cli import output
from domovoi_tf.cli.deployment.dev_command.console import serve_console
from domovoi_tf.cli.deployment.dev_command.tasks import Tasks
from domovoi_tf.dev.forwarder import forward
from domovoi_tf.dev.server import InvocationServer
from domovoi_tf.dev.session import Session
from domovoi_tf.dev.terminal.view import View
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.forwarding import addresses
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.system.loopback import servers, sockets

if TYPE_CHECKING:
    from domovoi_tf.cli.deployment.dev_command.context import Start
    from domovoi_tf.dev.debugging.hub import Debugger


async def run_session(start: Start) -> None:
    """Runs until the user ends it with q or Ctrl-C, or the emulator ends.

    Args:
        start: everything that was prepared.
    """
    stop = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(_report_unless_cancelled)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with Recorder(start.events, redact=start.redact) as recorder:
        if recorder.notice:
            output.print_warning(recorder.notice)
        async with _open_debugger(start) as debugger:
            python, emulator = start.python, start.emulator
            session = Session(
                start.project_dir, start.stage, python, recorder, emulator, debugger, start.region
            )
            await _run_tasks(start, session, recorder, stop)


async def _run_tasks(start: Start, session: Session, recorder: Recorder, stop: asyncio.Event) -> None:
    async with _serve(session) as (port, token):
        forwarding = addresses.make_forwarding(port, token, start.project_dir, start.stage)
        try:
            with forward(start.emulator.folder, forwarding) as forwarder:
                tasks = Tasks(start, session, _create_view(start), stop, forwarder)
                async with serve_console(start, recorder, tasks.controls, tasks.projects) as console:
                    tasks.console = console
                    try:
                        await _run_all([tasks.warm_up()], stop)
                        await _run_all([*tasks.list_all()], stop)
                    finally:
                        await tasks.close()
        finally:
            await session.close()


def _open_debugger(start: Start) -> contextlib.AbstractAsyncContextManager[Debugger | None]:
    from domovoi_tf.dev.debugging.hub import open_debugger

    return open_debugger(start.debug_port) if start.debug_port else contextlib.nullcontext()


def _create_view(start: Start) -> View:
    columns = output.get_width(sys.stdout)
    is_terminal = sys.stdout.isatty() and sys.stdin.isatty()
    return View(sys.stdout, columns, is_terminal, not output.is_colourless(), start.project_dir)


@contextlib.asynccontextmanager
async def _serve(session: Session) -> AsyncIterator[tuple[int, str]]:
    """Serves invocations while the block runs; yields the port and the token."""
    stop, token, listener = asyncio.Event(), secrets.token_urlsafe(32), sockets.bind(None, EmulatorError)
    port = listener.getsockname()[1]
    handlers = {addresses.INVOCATIONS: session.invoke, addresses.REPLAYS: session.answer_replay}
    serving = asyncio.create_task(servers.serve(InvocationServer(token, handlers), listener, stop.wait))
    try:
        yield port, token
    finally:
        stop.set()
        await serving


async def _run_all(coroutines: list[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Runs coroutines until all have ended, an event is set, or one of them fails."""
    running = [asyncio.create_task(each) for each in coroutines]
    stopping = asyncio.create_task(stop.wait())
    pending = {stopping, *running}
    try:
        while not stopping.done() and pending != {stopping}:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()  # raises what it has raised
    finally:
        for task in (stopping, *running):
            task.cancel()
        await asyncio.gather(stopping, *running, return_exceptions=True)


def _report_unless_cancelled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Reports an exception that no task has handled, unless the server has ended a connection at the end.

    Up to Python 3.11, asyncio reports each connection whose task is cancelled.
    """
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
