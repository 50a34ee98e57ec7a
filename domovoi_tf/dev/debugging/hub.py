"""Starts the hub: the process that an editor attaches to, with debugpy's adapter, which ends with it.

https://github.com/microsoft/debugpy/wiki/Command-Line-Reference
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

from domovoi_tf.dev.child.debugging import VARIABLE
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.distribution.install_command import build_install_command
from domovoi_tf.system.loopback import HOST

#: Starts the adapter as `debugpy.listen` does, but without the token, which `debugpy.connect` cannot pass.
#: The hub connects first, so editors attach to it; `connect` returns once one has. The hub ends with its
#: standard input, and the adapter with it.
_HUB = """
import json, socket, subprocess, sys, threading, time
sys.path[:] = filter(None, sys.path)
import debugpy
with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.settimeout(20)
    own = str(listener.getsockname()[1])
    command = [sys.executable, "-m", "debugpy.adapter", "--for-server", own]
    command += ["--host", "127.0.0.1", "--port", sys.argv[1]]
    null = subprocess.DEVNULL  # the adapter outlives the hub while an editor is attached
    subprocess.run(command, stdin=null, stdout=null, stderr=null)
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as file:
        endpoints = json.load(file)
if "error" not in endpoints:
    from debugpy._vendored.force_pydevd import pydevd_constants
    server = ("127.0.0.1", endpoints["server"]["port"])
    threading.Thread(target=debugpy.connect, args=[server], daemon=True).start()
    while not getattr(pydevd_constants.GlobalDebuggerHolder.global_dbg, "reader", None):
        time.sleep(0.01)
print(json.dumps(endpoints), flush=True)
sys.stdin.read()
"""
#: Seconds in which the hub and the adapter start.
_PATIENCE = 30.0


class Debugger(NamedTuple):
    """The hub, to which child processes connect.

    Args:
        pid: its process ID.
        port: the adapter's port for processes that are debugged.
        folder: the folder that contains debugpy.
    """

    pid: int
    port: int
    folder: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which a child process finds the hub."""
        return {VARIABLE: json.dumps(self._asdict())}


def require_port(port: int) -> None:
    """Checks that a debugger can listen, before anything else is started.

    Args:
        port: the port on 127.0.0.1.

    Raises:
        DomovoiError: debugpy is not installed, or the port is taken.
    """
    _find_debugpy()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise _make_error(port, os.strerror(error.errno or 0)) from None


@contextlib.asynccontextmanager
async def open_debugger(port: int) -> AsyncIterator[Debugger]:
    """Listens for an editor's debugger while the block runs.

    Args:
        port: the port on 127.0.0.1.

    Raises:
        DomovoiError: debugpy is not installed, or the port is taken.
    """
    folder = _find_debugpy()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _HUB,
        str(port),
        env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for dev, which ends it
    )
    try:
        yield Debugger(process.pid, await _read_port(process, port), folder)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _read_port(process: asyncio.subprocess.Process, port: int) -> int:
    output = cast("asyncio.StreamReader", process.stdout)
    try:
        answer = json.loads(await asyncio.wait_for(output.readline(), _PATIENCE))
        if "error" not in answer:
            return int(answer["server"]["port"])
        reason = str(answer["error"]).rpartition("connections: ")[2]
    except (asyncio.TimeoutError, ValueError):
        reason = "it did not start"
    raise _make_error(port, reason)


def _make_error(port: int, reason: str) -> DomovoiError:
    return DomovoiError(
        f"The debugger cannot listen on 127.0.0.1:{port}: {reason}.",
        f"Choose another port, such as `--debug {port + 1 if port < 65535 else 5678}`.",
    )


def _find_debugpy() -> str:
    """Returns the folder that contains debugpy."""
    spec = find_spec("debugpy")
    if spec is None or not spec.origin:
        message = "`--debug` needs the package debugpy, which is not installed."
        raise DomovoiError(message, f"Run `{build_install_command('local')}`.")
    return str(Path(spec.origin).parents[1])
