"""A child process that handles the events of one function, one at a time, as the parent sees it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import domovoi_tf
from domovoi_tf.dev.workers.log import LOG_SECONDS, WorkerLog
from domovoi_tf.dev.workers.requests import Answer, FunctionContext, Problem, Request
from domovoi_tf.recorder.records import LogLine

#: As for the import of an app by `render`: the folder of our package must not stay on the path.
_CHILD = """
import sys
sys.path[:] = [path for path in sys.path if path]
sys.path.insert(0, sys.argv[1])
from domovoi_tf.dev.child.program import run
del sys.path[0]
run(sys.argv[2], int(sys.argv[3]))
"""
#: The longest line of a message or of the log, in bytes. Lambda's payloads have at most 6 MB.
_LINE_LIMIT = 64 * 1024 * 1024
#: Seconds that the import of the app may take.
IMPORT_SECONDS = 30.0


class ImportFailedError(Exception):
    """The app could not be imported.

    Args:
        problem: the reason.
        log: the output of the app until then.
    """

    def __init__(self, problem: Problem, log: tuple[LogLine, ...]) -> None:
        super().__init__(problem.message)
        self.problem, self.log = problem, log


class Worker:
    """A child process.

    Args:
        project: the project's folder.
        function: the function.
        python: the path of the Python.
        variables: more environment variables, which the process removes before it imports the app.

    Attributes:
        code: the version of the code that it has imported.
        is_attached: whether a debugger is attached to it.
        idle_since: the time since when it has had nothing to do, as `time.monotonic` returns it.
    """

    def __init__(
        self,
        project: Path,
        function: FunctionContext,
        python: str,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.function, self.code, self.is_attached = function, "", False
        self.idle_since = self._begun = 0.0
        self._project, self._python, self._variables = project, python, variables or {}
        self._process: asyncio.subprocess.Process | None = None
        self._log = WorkerLog()
        self._called: dict[str, Any] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Starts the process, and waits until it has imported the app.

        Raises:
            ImportFailedError: the import failed or took too long, or the Python cannot be started.
        """
        try:
            await self._spawn()
            message = await self._await_message(IMPORT_SECONDS)
        except asyncio.TimeoutError:
            await self.kill()
            reason = f"Importing the app took longer than {IMPORT_SECONDS:g} seconds."
            problem = Problem("", reason, "Move slow code into a handler.")
            raise ImportFailedError(problem, self._log.take()) from None
        except (OSError, ValueError) as error:  # no such Python or folder, or NUL in a variable
            await self.kill()
            reason = f"The Python of the app, {self._python}, cannot be started: {error}"
            problem = Problem("", reason, "Correct the cause, or choose another Python with --python.")
            raise ImportFailedError(problem, ()) from None
        except BaseException:
            await self.kill()
            raise
        if message is None or "problem" in message:
            await self._end()
            problem = Problem(**message["problem"]) if message else self._describe_exit()
            raise ImportFailedError(problem, self._log.take())
        self.code = message["code"]

    async def handle(self, request: Request) -> Answer:
        """Sends a request, and returns the answer of the process.

        Afterwards the process may have ended: see `is_alive`.

        Args:
            request: the request.
        """
        mark, self._begun = secrets.token_hex(16), time.monotonic()
        self._called = None
        self._log.begin(mark)
        document = {
            "request_id": request.request_id,
            "event": request.event,
            "function": request.function.describe(),
            "trace_id": request.trace_id,
            "mark": mark,
        }
        try:
            message = await self._exchange(document, request.function.timeout)
        except asyncio.TimeoutError:
            await self.kill()
            return self._fail(
                request, "timeout", f"Task timed out after {request.function.timeout:.2f} seconds"
            )
        except BaseException:  # dev ends
            await self.kill()
            raise
        if message is None or "memory" in message:
            await self._end()
            return self._explain_end(request, message)
        await self._log.complete()
        failure = message["failure"]
        status = "failed" if failure else "ok"
        seconds = time.monotonic() - self._begun
        return Answer(status, message["result"], failure, self._log.take(), message, self.code, seconds)

    async def kill(self) -> None:
        """Kills the process and what it started."""
        if self._process is None:
            return
        if self.is_alive:
            self._kill_group()
            await self._end()
        else:  # another process group may have its ID by now
            await self._close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _spawn(self) -> None:
        parent, child = socket.socketpair()
        with contextlib.ExitStack() as stack:
            stack.enter_context(child)
            stack.callback(parent.close)  # unless the reader has it
            arguments = [str(Path(domovoi_tf.__file__).parent.parent), str(self._project.resolve())]
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                "-c",
                _CHILD,
                *arguments,
                str(child.fileno()),
                cwd=self._project,
                env={**self.function.build_environment(self._project), **self._variables},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[child.fileno()],
                start_new_session=True,
                limit=_LINE_LIMIT,
            )
            self._reader, self._writer = await asyncio.open_connection(sock=parent, limit=_LINE_LIMIT)
            stack.pop_all()
            child.close()
        self._log.follow(cast("asyncio.StreamReader", self._process.stdout))

    async def _exchange(self, document: Mapping[str, Any], timeout: float) -> dict[str, Any] | None:
        """Sends a request and returns the answer; the time is unlimited once a debugger is attached.

        Remembers which handlers are called, for the case that the process ends.

        Raises:
            asyncio.TimeoutError: the time is over.
        """
        self._writer.write(json.dumps(document).encode() + b"\n")
        return await self._await_message(timeout)

    async def _await_message(self, timeout: float) -> dict[str, Any] | None:
        """Returns the next message, but for the one that a debugger is attached; None if the process ended.

        Raises:
            asyncio.TimeoutError: the time is over.
        """
        deadline = time.monotonic() + timeout
        while True:
            limit = None if self.is_attached else max(0.0, deadline - time.monotonic())
            message = await asyncio.wait_for(self._read(), limit)
            if message and "attached" in message:
                self.is_attached = True
            elif message and "called" in message:
                self._called = message["called"]
            else:
                return message

    async def _read(self) -> dict[str, Any] | None:
        """Returns the next message of the process; None if it has ended."""
        try:
            line = await self._reader.readline()
            message: dict[str, Any] | None = json.loads(line) if line else None
        except (OSError, ValueError):
            return None
        return message

    async def _end(self) -> None:
        """Waits for the end of the process and of its log."""
        if self._process is None:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), LOG_SECONDS)
        self._kill_group()  # what it started must not outlive it
        await self._close()

    async def _close(self) -> None:
        """Waits for the end of the log of a process that has ended, and closes the connections to it."""
        await self._log.end()
        # A process that has left the group may keep the log open, for which some versions of Python wait.
        process = cast("Any", self._process)
        process._transport.close()
        await process.wait()
        if hasattr(self, "_writer"):
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def _explain_end(self, request: Request, message: Mapping[str, Any] | None) -> Answer:
        if message:
            used, size = message["memory"], request.function.memory_size
            text = f"Runtime exited with error: signal: killed: {used} MB of memory used, {size} MB available"
            return self._fail(request, "memory", text, "Runtime.OutOfMemory")
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            reason = f"signal: {signal.strsignal(-code) or -code}".lower()
        else:
            reason = f"exit status {code}"
        return self._fail(request, "crashed", f"Runtime exited with error: {reason}", "Runtime.ExitError")

    def _fail(self, request: Request, status: str, message: str, kind: str = "Sandbox.Timedout") -> Answer:
        failure = {"errorType": kind, "errorMessage": f"RequestId: {request.request_id} Error: {message}"}
        seconds = time.monotonic() - self._begun
        return Answer(status, None, failure, self._log.take(), self._called, self.code, seconds)

    def _describe_exit(self) -> Problem:
        code = self._process.returncode if self._process else None
        message = f"The app ended the process with exit code {code} while it was being imported."
        return Problem("", message, "Move the code that does so into a handler.")
