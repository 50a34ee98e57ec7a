"""A client of debugpy's adapter, which does what VS Code does with a configuration of launch.json.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

#: The seconds to wait for a message.
PATIENCE = 60.0
Message = dict[str, Any]


def find_port() -> int:
    """Returns a free port that the system gives to no connection before the test uses it."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class Stop(NamedTuple):
    """A thread that is stopped: its session, its ID, and the ID of its innermost frame."""

    session: Session
    thread: int
    frame: int
    line: int

    def evaluate(self, expression: str) -> str:
        """Returns how the debugger shows the value of an expression."""
        arguments = {"expression": expression, "frameId": self.frame, "context": "watch"}
        return str(self.session.request("evaluate", arguments)["result"])

    def resume(self) -> None:
        """Lets the program go on."""
        self.session.request("continue", {"threadId": self.thread})


class Session:
    """A connection to the adapter: that of the launched program, or of one that it started."""

    def __init__(self, editor: Editor, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._editor, self._reader, self._writer = editor, reader, writer
        self._answers: dict[int, queue.Queue[Message]] = {}
        self._numbers = itertools.count(1)
        self.is_configured = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, message: Message) -> int:
        """Sends a message and returns its number."""
        number = next(self._numbers)
        self._answers[number] = queue.Queue()
        data = json.dumps({**message, "seq": number}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._writer.flush()
        return number

    def request(self, command: str, arguments: Mapping[str, Any]) -> Message:
        """Sends a request and returns the body of the response."""
        number = self.send({"type": "request", "command": command, "arguments": arguments})
        answer = self._answers[number].get(timeout=PATIENCE)
        assert answer["success"], answer
        return dict(answer.get("body") or {})

    def start(self, command: str, arguments: Mapping[str, Any]) -> None:
        """Launches or attaches, with the breakpoints of the editor."""
        has_terminal = {"supportsRunInTerminalRequest": True, "supportsStartDebuggingRequest": False}
        self.request("initialize", {"adapterID": "debugpy", "pathFormat": "path", **has_terminal})
        self.send({"type": "request", "command": command, "arguments": arguments})

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the adapter has ended
            lines = iter(self._reader.readline, b"")
            while headers := b"".join(itertools.takewhile(lambda line: line != b"\r\n", lines)):
                self._receive(json.loads(self._reader.read(int(headers.split(b":")[1]))))
        self._editor.messages.put((self, {"type": "event", "event": "closed"}))

    def _receive(self, message: Message) -> None:
        if message["type"] == "response" and message["command"] not in ("launch", "attach"):
            self._answers[message["request_seq"]].put(message)
        else:
            self._editor.messages.put((self, message))


class Editor:
    """Launches programs as VS Code does, and stops them at breakpoints.

    Args:
        breakpoints: the lines of each file.
        environment: the environment variables of the editor.
    """

    def __init__(self, breakpoints: Mapping[Path, list[int]], environment: Mapping[str, str]) -> None:
        self.breakpoints, self.environment = breakpoints, environment
        self.messages: queue.Queue[tuple[Session, Message]] = queue.Queue()
        self.stack = contextlib.ExitStack()
        self.terminal: subprocess.Popen[str] | None = None
        self.sessions: list[Session] = []

    def launch(self, configuration: Mapping[str, Any]) -> None:
        """Launches a configuration of launch.json, without variables."""
        command = [sys.executable, "-m", "debugpy.adapter"]
        adapter = self.stack.enter_context(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(self.environment)
            )
        )
        self.stack.callback(adapter.kill)
        session = self._open(cast("IO[bytes]", adapter.stdout), cast("IO[bytes]", adapter.stdin))
        python = {"python": [sys.executable], "debugAdapterPath": ""}
        session.start("launch", {**python, **configuration})

    def attach(self, port: int) -> None:
        """Attaches to a program as a configuration of launch.json with a port does."""
        connection = {"host": "127.0.0.1", "port": port}
        self._attach(None, {"body": {"connect": connection, "name": "attach"}})

    def await_sessions(self, count: int) -> None:
        """Handles messages until so many sessions have their breakpoints."""
        while sum(each.is_configured for each in self.sessions) < count:
            self._handle(*self.messages.get(timeout=PATIENCE))

    def await_stop(self) -> Stop | None:
        """Waits until a thread stops, and returns it; None if the launched program has ended."""
        while True:
            session, message = self.messages.get(timeout=PATIENCE)
            kind = message.get("event")
            if kind == "stopped":
                return self._describe_stop(session, message["body"]["threadId"])
            if kind == "terminated" and session is self.sessions[0]:
                return None
            self._handle(session, message)

    def finish(self) -> tuple[int, str, str]:
        """Returns the exit code of the program in the terminal, its standard output, and its errors."""
        assert self.terminal
        out, errors = self.terminal.communicate(timeout=PATIENCE)
        return self.terminal.returncode, out, errors

    def _handle(self, session: Session, message: Message) -> None:
        if message["type"] == "response":
            assert message["success"], message
        elif handle := self._handlers.get(str(message.get("event") or message.get("command"))):
            handle(self, session, message)

    def _open(self, reader: IO[bytes], writer: IO[bytes]) -> Session:
        session = Session(self, reader, writer)
        self.sessions.append(session)
        return session

    def _describe_stop(self, session: Session, thread: int) -> Stop:
        (frame, *_) = session.request("stackTrace", {"threadId": thread, "levels": 1})["stackFrames"]
        return Stop(session, thread, frame["id"], frame["line"])

    def _set_breakpoints(self, session: Session, _: Message) -> None:
        for file, lines in self.breakpoints.items():
            points = [{"line": line} for line in lines]
            session.request("setBreakpoints", {"source": {"path": str(file)}, "breakpoints": points})
        session.request("configurationDone", {})
        session.is_configured = True

    def _open_terminal(self, session: Session, message: Message) -> None:
        arguments = message["arguments"]
        self.terminal = self.stack.enter_context(
            subprocess.Popen(
                arguments["args"],
                cwd=arguments["cwd"],
                env={**self.environment, **arguments.get("env", {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        self.stack.callback(self.terminal.kill)
        answer = {"request_seq": message["seq"], "command": "runInTerminal", "success": True}
        session.send({"type": "response", **answer, "body": {}})

    def _attach(self, _: Session | None, message: Message) -> None:
        connection = message["body"]["connect"]
        channel = self.stack.enter_context(
            socket.create_connection((connection["host"], connection["port"]), timeout=None)
        )
        reader = self.stack.enter_context(channel.makefile("rb"))
        writer = self.stack.enter_context(channel.makefile("wb"))
        self.stack.callback(self._disconnect, channel)
        self._open(reader, writer).start("attach", message["body"])

    def _disconnect(self, channel: socket.socket) -> None:
        """Ends what the session's thread reads."""
        with contextlib.suppress(OSError):  # the other end may be gone
            channel.shutdown(socket.SHUT_RDWR)

    _handlers: Mapping[str, Callable[..., None]] = {
        "initialized": _set_breakpoints,
        "runInTerminal": _open_terminal,
        "debugpyAttach": _attach,
    }


@contextlib.contextmanager
def open_editor(breakpoints: Mapping[Path, list[int]], environment: Mapping[str, str]) -> Iterator[Editor]:
    """Opens an editor; when the block ends, it ends what it has started."""
    editor = Editor(breakpoints, environment)
    with editor.stack:
        yield editor
