"""Imports the app, and handles the events that the parent process sends, one at a time.

Messages are lines of JSON on a socket. Standard output and standard error are the log, which the parent
reads; a line with the request's mark tells it that the log of an event is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.dev.child import debugging, dispatching
from domovoi_tf.dev.child.calls import CallRecorder
from domovoi_tf.dev.child.context import Context, configure_logging
from domovoi_tf.dev.child.memory import MemoryWatch
from domovoi_tf.loading.child import close_input, reset_arguments
from domovoi_tf.loading.debugging.attachment import call_once_attached, is_attached
from domovoi_tf.loading.failures import PACKAGE, describe_failure

#: The exit code of a process that used more memory than its function has.
MEMORY_EXIT_CODE = 137


class Channel:
    """The socket to the parent process, which several threads may write to."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._lock = threading.Lock()
        # A process that a handler forks must not answer, or keep the connection of one that has ended.
        os.register_at_fork(after_in_child=lambda: os.close(self._socket.detach()))

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message; does nothing if the parent has ended."""
        with self._lock, contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def read_requests(self, requests: queue.SimpleQueue[Any]) -> None:
        """Puts all requests into a queue; ends this process and what it started once the parent ends."""
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    requests.put(json.loads(line))
        finally:
            if os.getpgrp() == os.getpid():
                os.killpg(os.getpid(), signal.SIGKILL)
            os._exit(0)


def run(project: str, descriptor: int) -> None:
    """Imports the app and handles requests until the parent closes the socket.

    Args:
        project: the absolute path of the project's folder.
        descriptor: the file descriptor of the socket.
    """
    channel, requests, log = Channel(descriptor), queue.SimpleQueue[Any](), os.dup(1)
    close_input()
    threading.Thread(target=channel.read_requests, args=(requests,), daemon=True).start()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    sys.dont_write_bytecode = True
    reset_arguments(Path(project))
    sys.path[:] = [project, *filter(None, sys.path), str(Path(project, "vendor"))]
    calls = CallRecorder()
    calls.install()
    log_handler = configure_logging()
    _attach_debugger(channel)
    app, process = _import_app(Path(project), channel), os.getpid()
    while True:
        request = requests.get()
        log_handler.request_id = request["request_id"]
        answer = _handle(app, request, calls, channel, Path(project))
        _flush_streams()
        if os.getpid() != process:  # the handler has forked, and both processes have returned from it
            os._exit(0)
        _end_log(log, request["mark"])
        channel.send(answer)


def _attach_debugger(channel: Channel) -> None:
    """Connects to the debugger of `dev --debug`, or notices another one, and tells the parent.

    Not both: until Python 3.12, threads cannot set their trace functions while an audit hook runs.
    """

    def tell() -> None:
        channel.send({"attached": True})

    if not debugging.connect(tell):
        call_once_attached(tell)


def _import_app(project: Path, channel: Channel) -> Any:
    """Imports the app, and tells the parent; ends this process if that fails."""
    try:
        import app as module  # type: ignore[import-not-found, unused-ignore]

        app = module.app
        table = app._build_table()
    except BaseException as error:
        failure = describe_failure(error, project)
        channel.send(
            {
                "problem": {
                    name: str(getattr(failure, name))
                    for name in ("position", "message", "remedy", "traceback")
                }
            }
        )
        sys.stdout.flush()
        os._exit(1)
    app._table = table
    channel.send({"ready": True, "code": digest_modules(project)})
    return app


def digest_modules(project: Path) -> str:
    """Returns 12 hexadecimal digits that change with the text of the project's modules that are imported.

    Args:
        project: the absolute path of the project's folder.
    """
    digest = hashlib.sha256()
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_relative_to(project) and "site-packages" not in file:
            with contextlib.suppress(OSError):
                digest.update(f"{name}\0".encode() + Path(file).read_bytes())
    return digest.hexdigest()[:12]


def _handle(
    app: Any, request: Mapping[str, Any], calls: CallRecorder, channel: Channel, project: Path
) -> dict[str, Any]:
    """Returns the answer to a request: a result or a failure, with all that is known about the run."""
    answer: dict[str, Any] = {"result": None, "failure": None}
    limit = request["function"]["memory_size"]
    calls.begin()
    start = time.monotonic()
    with (
        _trace(request),
        MemoryWatch(limit, lambda used: _end_for_memory(channel, used)) as memory,
        dispatching.observe(app, lambda called: channel.send({"called": _describe(called)})) as called,
    ):
        try:
            answer["result"] = _serialise(app(request["event"], Context(request)))
        except BaseException as error:
            answer["failure"] = describe_exception(error, project)
    answer |= {
        "duration_ms": round((time.monotonic() - start) * 1000, 2),
        "memory_mb": memory.peak,
        "calls": calls.calls,
        **_describe(called),
    }
    return answer


def _describe(called: list[dispatching.Called]) -> dict[str, Any]:
    """Returns the handlers that were called for an event, and the source of the first one."""
    return {
        "handlers": list(dict.fromkeys(each.handler for each in called)),
        "source": called[0].source if called else "",
        "kind": called[0].kind if called else "",
    }


def _serialise(result: Any) -> Any:
    """Returns a result as Lambda's runtime passes it on, or raises as it does.

    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html#python-handler-return
    """
    from decimal import Decimal

    def convert(value: object) -> float:
        if isinstance(value, Decimal):
            return float(value)
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    try:
        return json.loads(json.dumps(result, default=convert))
    except (TypeError, ValueError, RecursionError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from None


class MarshalError(Exception):
    """The result of a handler is not JSON."""


def describe_exception(error: BaseException, project: Path) -> dict[str, Any]:
    """Returns an exception as Lambda's response has it, with the frames from the project's code on.

    Args:
        error: the exception.
        project: the absolute path of the project's folder.
    """
    if isinstance(error, MarshalError):
        return {"errorType": "Runtime.MarshalError", "errorMessage": str(error), "stackTrace": []}
    frames = [
        each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(PACKAGE)
    ]
    for frame in frames:
        with contextlib.suppress(ValueError):
            frame.filename = str(Path(frame.filename).relative_to(project))
    kind = "Runtime.ExitError" if isinstance(error, SystemExit) else type(error).__name__
    try:
        message = str(error)
    except Exception as other:
        message = f"<its text raises {type(other).__name__}>"
    return {"errorType": kind, "errorMessage": message, "stackTrace": traceback.format_list(frames)}


@contextlib.contextmanager
def _trace(request: Mapping[str, Any]) -> Iterator[None]:
    """Sets the tracing header of the event, as Lambda does."""
    if trace := request.get("trace_id"):
        os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        yield
    finally:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _end_for_memory(channel: Channel, used: int) -> None:
    if not is_attached():  # a debugger needs memory of its own
        channel.send({"memory": used})
        os._exit(MEMORY_EXIT_CODE)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the handler may have closed or replaced it
            stream.flush()


def _end_log(descriptor: int, mark: str) -> None:
    """Ends the log of an event, for the parent, whatever the handler has done to its standard output."""
    with contextlib.suppress(OSError):
        os.write(descriptor, f"\n{mark}\n".encode())
