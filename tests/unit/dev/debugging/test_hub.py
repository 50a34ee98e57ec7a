"""An editor debugs child processes that come and go, at one port."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from debug_adapter import Editor, find_port, open_editor

from domovoi_tf.dev.debugging import hub
from domovoi_tf.dev.debugging.hub import Debugger, open_debugger, require_port
from domovoi_tf.dev.workers.worker import Worker
from domovoi_tf.errors import DomovoiError

from ..workers.conftest import FUNCTION, PYTHON, make_request, run

APP = """import os
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.lambda_function()
def work(event, context):
    version = "{version}"
    variables = [name for name in os.environ if "DEBUGGER" in name or "VALIDATION" in name]
    return version, variables
"""
LINE = 11
PATIENCE = 60.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP.format(version="one"))
    return tmp_path


@asynccontextmanager
async def start(project: Path, debugger: Debugger) -> AsyncIterator[Worker]:
    """Yields a child process that is debugged."""
    worker = Worker(project, FUNCTION, PYTHON, debugger.variables)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.kill()


def debug(project: Path, scenario: Callable[[Editor, Debugger, int], Awaitable[None]]) -> None:
    """Plays a scenario with an editor that has a breakpoint in the handler."""

    async def play() -> None:
        port = find_port()
        with open_editor({project / "app.py": [LINE]}, os.environ) as editor:
            async with open_debugger(port) as debugger:
                await asyncio.wait_for(scenario(editor, debugger, port), PATIENCE)

    run(play)


async def hit_breakpoint(editor: Editor, worker: Worker, version: str, **changes: Any) -> None:
    """Sends an event, and checks that the editor stops in the handler, and that the event ends."""
    answering = asyncio.create_task(worker.handle(make_request("", **changes)))
    stop = await asyncio.to_thread(editor.await_stop)
    assert stop is not None
    assert (stop.line, await asyncio.to_thread(stop.evaluate, "version")) == (LINE, f"'{version}'")
    assert not answering.done()
    await asyncio.to_thread(stop.resume)
    assert (await answering).result == [version, []]


def test_editor_stops_in_each_generation_of_the_code(project: Path) -> None:
    async def scenario(editor: Editor, debugger: Debugger, port: int) -> None:
        await asyncio.to_thread(editor.attach, port)
        await asyncio.to_thread(editor.await_sessions, 1)
        for version in ("one", "two", "three"):
            (project / "app.py").write_text(APP.format(version=version))
            starting = asyncio.create_task(make_worker(project, debugger))
            await asyncio.to_thread(editor.await_sessions, len(editor.sessions) + 1)
            worker = await starting
            await hit_breakpoint(editor, worker, version)
            await worker.kill()

    debug(project, scenario)


def test_editor_that_attaches_later_stops_too(project: Path) -> None:
    async def scenario(editor: Editor, debugger: Debugger, port: int) -> None:
        async with start(project, debugger) as worker:
            assert (await worker.handle(make_request(""))).result == ["one", []]
            await asyncio.to_thread(editor.attach, port)
            await asyncio.to_thread(editor.await_sessions, 2)
            await hit_breakpoint(editor, worker, "one")

    debug(project, scenario)


def test_two_functions_are_debugged_at_the_same_time(project: Path) -> None:
    async def scenario(editor: Editor, debugger: Debugger, port: int) -> None:
        async with start(project, debugger) as first, start(project, debugger) as second:
            await asyncio.to_thread(editor.attach, port)
            await asyncio.to_thread(editor.await_sessions, 3)
            await hit_breakpoint(editor, first, "one")
            await hit_breakpoint(editor, second, "one")

    debug(project, scenario)


def test_function_that_is_stopped_has_no_timeout(project: Path) -> None:
    async def scenario(editor: Editor, debugger: Debugger, port: int) -> None:
        async with start(project, debugger) as worker:
            await asyncio.to_thread(editor.attach, port)
            await asyncio.to_thread(editor.await_sessions, 2)
            await hit_breakpoint(editor, worker, "one", timeout=0)

    debug(project, scenario)


def test_port_that_is_taken_is_an_error(project: Path) -> None:
    async def play() -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(DomovoiError) as raised:
                async with open_debugger(port):
                    pass
            assert raised.value.message.startswith(f"The debugger cannot listen on 127.0.0.1:{port}: ")
            assert "Address already in use" in raised.value.message
            assert raised.value.remedy == f"Choose another port, such as `--debug {port + 1}`."

    run(play)


def test_missing_debugpy_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", None)
    monkeypatch.setattr(hub, "find_spec", lambda _: None)
    monkeypatch.setattr(hub, "build_install_command", lambda extra: f"pip install {extra}")

    async def play() -> None:
        with pytest.raises(DomovoiError) as raised:
            async with open_debugger(1):
                pass
        assert str(raised.value) == (
            "`--debug` needs the package debugpy, which is not installed.\nRun `pip install local`."
        )

    run(play)


def test_port_is_free_when_the_block_ends(project: Path) -> None:
    async def play() -> None:
        port = find_port()
        for _ in range(2):
            async with open_debugger(port):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
            await asyncio.wait_for(wait_for_free(port), PATIENCE)

    run(play)


async def wait_for_free(port: int) -> None:
    while True:
        try:
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", port))
            return
        except OSError:
            await asyncio.sleep(0.05)


async def make_worker(project: Path, debugger: Debugger) -> Worker:
    worker = Worker(project, FUNCTION, PYTHON, debugger.variables)
    await worker.start()
    return worker


def test_taken_port_is_noticed_before_anything_starts() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(DomovoiError) as raised:
            require_port(port)
    assert str(raised.value) == (
        f"The debugger cannot listen on 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}.\n"
        f"Choose another port, such as `--debug {port + 1}`."
    )
    require_port(port)
