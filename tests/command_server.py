"""Runs domovoi-tf in processes that have imported it already.

The start of a command takes 0.2 to 0.3 seconds of CPU time, most of it for imports. Here one process imports
everything once, and forks for each command, which then runs as a process of its own.

The environment variables of Python itself, such as ``PYTHONWARNINGS``, have no effect on these commands.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

#: Imported for the commands that use AWS.
_LIBRARIES = ("boto3", "botocore.client", "botocore.credentials", "botocore.parsers", "jinja2", "tomllib")
#: Not imported: these are programs.
_PROGRAMS = ("domovoi_tf.__main__", "domovoi_tf.local.emulator_process", "domovoi_tf.local.function_start")
_SOCKET = "socket"
#: The most bytes of a request that are read at once.
_CHUNK = 1 << 16
#: Keeps the standard input of a server open.
_SERVERS: list[subprocess.Popen[bytes]] = []


class Completed(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


class Command:
    """A command that runs.

    Args:
        connection: the connection to its server.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("r")
        self.pid = int(self._stream.readline())
        self._code: int | None = None

    def wait(self, seconds: float | None = None) -> int:
        """Waits for the end and returns the exit code, or a negative number of a signal.

        Args:
            seconds: raises ``TimeoutError`` after this time.
        """
        if self._code is None:
            if not select.select([self._connection], [], [], seconds)[0]:
                raise TimeoutError(f"command {self.pid} has not ended within {seconds} seconds")
            self._code = int(self._stream.readline())
            self._stream.close()
            self._connection.close()
        return self._code

    def has_ended(self) -> bool:
        """Returns whether the command has ended."""
        return self._code is not None or bool(select.select([self._connection], [], [], 0)[0])

    def send_signal(self, number: signal.Signals, *, to_group: bool = False) -> None:
        """Sends a signal, unless the command has ended.

        Args:
            number: the signal.
            to_group: whether all processes of a command that leads a session get it.
        """
        if not self.has_ended():
            # Its server may reap it at this moment.
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if to_group else os.kill)(self.pid, number)


def start_command(
    args: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    *,
    in_session: bool = False,
    prelude: str = "",
) -> Command:
    """Starts a command.

    Args:
        args: its arguments.
        cwd: its working directory.
        environment: all its environment variables.
        streams: the file descriptors of its standard input, output and error; they stay open here.
        in_session: whether it leads a session, with the terminal that is its standard input, if that is one.
        prelude: the Python code to run before the command.
    """
    request = {"args": [*map(str, args)], "cwd": str(cwd), "environment": dict(environment)}
    text = json.dumps({**request, "in_session": in_session, "prelude": prelude})
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(_start_server() / _SOCKET))
    socket.send_fds(connection, [b" "], streams)
    connection.sendall(f"{text}\n".encode())
    return Command(connection)


def run_command(
    args: Sequence[str], cwd: Path, environment: Mapping[str, str], seconds: float | None = None
) -> Completed:
    """Runs a command whose standard input is empty.

    Args:
        args: its arguments.
        cwd: its working directory.
        environment: all its environment variables.
        seconds: kills it and raises ``TimeoutError`` after this time.
    """
    with (
        Path(os.devnull).open() as empty,
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
    ):
        streams = (empty.fileno(), out.fileno(), err.fileno())
        command = start_command(args, cwd, environment, streams)
        try:
            code = command.wait(seconds)
        except TimeoutError:
            command.send_signal(signal.SIGKILL)
            raise
        texts = [(file.seek(0), file.read())[1] for file in (out, err)]
    return Completed(code, *texts)


@functools.cache
def _start_server() -> Path:
    """Starts a server, which ends with this process, and returns the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="command-server-"))
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    _SERVERS.append(process)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return folder


def _import_everything() -> None:
    import domovoi_tf

    names = [each.name for each in pkgutil.walk_packages(domovoi_tf.__path__, "domovoi_tf.")]
    for name in (*(name for name in names if name not in _PROGRAMS), *_LIBRARIES):
        importlib.import_module(name)
    # A collection in a command would copy the memory of all these modules.
    gc.collect()
    gc.freeze()


class _Request(NamedTuple):
    """A command to run, as `start_command` describes it."""

    content: dict[str, Any]
    streams: list[int]
    connection: socket.socket


def _serve(folder: Path) -> _Request | None:
    """Serves until standard input ends, which returns None, or in the process of a command, its request."""
    #: The connections to the clients of running commands, with their processes, by file descriptors of these.
    running: dict[int, tuple[int, socket.socket]] = {}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _SOCKET))
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            readable = select.select([sys.stdin, listener, *running], [], [])[0]
            if sys.stdin in readable:
                break
            for ended in running.keys() & {each for each in readable if isinstance(each, int)}:
                pid, connection = running.pop(ended)
                os.close(ended)
                _answer(connection, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                connection.close()
            if listener in readable:
                connection, _ = listener.accept()
                request = _receive(connection)
                if not (pid := os.fork()):
                    return request
                for stream in request.streams:
                    os.close(stream)
                running[os.pidfd_open(pid)] = (pid, connection)
    shutil.rmtree(folder)
    return None


def _receive(connection: socket.socket) -> _Request:
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    text = b""
    while not text.endswith(b"\n"):
        text += connection.recv(_CHUNK)
    return _Request(json.loads(text), streams, connection)


def _answer(connection: socket.socket, number: int) -> None:
    # Without a buffer, which a signal could make Python write twice.
    connection.sendall(f"{number}\n".encode())


def _become(request: _Request) -> None:
    """Gives this process what a new one would have, and tells the client that it is ready for signals."""
    content = request.content
    if content["in_session"]:
        os.setsid()
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
    if content["in_session"] and os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(content["cwd"])
    os.environ.clear()
    os.environ.update(content["environment"])
    time.tzset()
    program = str(Path(sys.executable).with_name("domovoi-tf"))
    sys.argv[:] = [program, *content["args"]]
    sys.path[0] = str(Path(program).parent)
    _answer(request.connection, os.getpid())
    request.connection.detach()
    os.closerange(3, 1024)


def _end(code: int) -> NoReturn:
    """Ends this process like the interpreter, but frees no memory, which would copy it first."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _import_everything()
    if request := _serve(Path(sys.argv[1])):
        _become(request)
        exec(request.content["prelude"])  # noqa: S102
        from domovoi_tf.cli import main

        try:
            main()
        except SystemExit as ended:
            _end(int(ended.code or 0))
