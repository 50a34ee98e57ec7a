"""Runs domovoi-tf in processes that have imported it already.

The start of a command takes 0.2 to 0.3 seconds of CPU time, most of it for imports. Here one process imports
everything once, and forks for each command, which then runs as a process of its own.
"""

from __future__ import annotations

import functools
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
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

#: Imported for the commands that use AWS.
_LIBRARIES = ("boto3", "botocore.client", "botocore.credentials", "botocore.parsers", "jinja2", "tomllib")
#: Not imported: these are programs.
_PROGRAMS = ("domovoi_tf.__main__", "domovoi_tf.local.emulator_process", "domovoi_tf.local.function_start")
_SOCKET = "socket"
#: The files with the output of a command.
_OUTPUT = ("out", "err")
#: Keeps the standard input of a server open.
_SERVERS: list[subprocess.Popen[bytes]] = []


class Completed(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


def run_command(args: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Completed:
    """Runs a command whose standard input is empty.

    Args:
        args: its arguments.
        cwd: its working directory.
        environment: all its environment variables.
    """
    folder = _start_server()
    with tempfile.TemporaryDirectory(dir=folder) as name, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / _SOCKET))
        request = {"args": args, "cwd": str(cwd), "environment": environment, "output": name}
        with connection.makefile("rw") as stream:
            stream.write(f"{json.dumps(request)}\n")
            stream.flush()
            code = int(stream.readline())
        out, err = (Path(name, each).read_text() for each in _OUTPUT)
    return Completed(code, out, err)


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


def _serve(folder: Path) -> dict[str, Any] | None:
    """Serves until standard input ends, which returns None, or in the process of a command, its request."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _SOCKET))
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while listener in select.select([sys.stdin, listener], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                if not os.fork():
                    return _answer(connection)
    shutil.rmtree(folder)
    return None


def _answer(connection: socket.socket) -> dict[str, Any]:
    """Returns a request in the process of a command; this one answers with its exit code and ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stream = connection.makefile("rw")
    request: dict[str, Any] = json.loads(stream.readline())
    if command := os.fork():
        _, status = os.waitpid(command, 0)
        stream.write(f"{os.waitstatus_to_exitcode(status)}\n")
        stream.flush()
        os._exit(0)
    stream.close()
    return request


def _become(request: Mapping[str, Any]) -> None:
    """Gives this process what a new one would have."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(_OUTPUT, 1):
        os.dup2(os.open(Path(request["output"], name), os.O_WRONLY | os.O_CREAT), number)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    program = str(Path(sys.executable).with_name("domovoi-tf"))
    sys.argv[:] = [program, *request["args"]]
    sys.path[0] = str(Path(program).parent)


if __name__ == "__main__":
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if request := _serve(Path(sys.argv[1])):
        _become(request)
        from domovoi_tf.cli import main

        main()
