"""A session with real processes, behind its real server, and an emulator that only forwards invocations."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.dev.server import InvocationServer
from domovoi_tf.dev.session import Session
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.forwarding import addresses, invocations
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.system.loopback import servers, sockets

from .workers.conftest import FUNCTION, PYTHON

TOKEN = "a-token"


class Running(NamedTuple):
    """A session that runs, with the address of its server."""

    session: Session
    forwarding: addresses.Forwarding
    emulator: Emulator

    async def send(self, event: Any, request_id: str = "r-1", **changes: Any) -> dict[str, Any] | None:
        """Returns what the emulator gets for an event."""
        document = make_document(event, request_id, **changes)
        return await asyncio.to_thread(invocations._forward, self.forwarding, document)


def make_document(event: Any, request_id: str = "r-1", **changes: Any) -> dict[str, Any]:
    """Returns the request of the emulator for an event; keywords change the function."""
    function = {**asdict(FUNCTION), **changes}
    variables, aws = function.pop("variables"), function.pop("aws")
    return {
        "event": event,
        "request_id": request_id,
        "function": function,
        "variables": variables,
        "aws": aws,
    }


@asynccontextmanager
async def run_session(
    project: Path,
    recorder: Recorder,
    python: str = PYTHON,
    with_emulator: bool = True,
    with_forwarding: bool = True,
) -> AsyncIterator[Running]:
    """Yields a session whose emulator forwards to it.

    Without an emulator, no program has its port. Without forwarding, it answers all invocations itself.
    """
    listener, stop = sockets.bind(None, EmulatorError), asyncio.Event()
    port = listener.getsockname()[1]
    forwarding = addresses.make_forwarding(port, TOKEN, project, "dev")
    emulator = _start_emulator(forwarding if with_forwarding else None)
    if not with_emulator:
        emulator.shutdown()
        emulator.server_close()
    endpoint = Emulator("http://127.0.0.1", 1, emulator.server_port, project / "log", False)
    session = Session(project, "dev", python, recorder, endpoint)
    handlers = {addresses.INVOCATIONS: session.invoke, addresses.REPLAYS: session.answer_replay}
    serving = asyncio.create_task(servers.serve(InvocationServer(TOKEN, handlers), listener, stop.wait))
    try:
        yield Running(session, forwarding, endpoint)
    finally:
        await session.close()
        stop.set()
        await serving
        if with_emulator:
            emulator.shutdown()
            emulator.server_close()


def _start_emulator(forwarding: addresses.Forwarding | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = self.path.split("/")[3]
            document = make_document(event, "replayed", name=name)
            answer = invocations._forward(forwarding, document) if forwarding else {}
            body = json.dumps(answer and answer.get("result")).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
