"""Tests the server of forwarded invocations over a real socket."""

from __future__ import annotations

import asyncio
import json

from domovoi_tf.dev import server


async def _post(port: int, token: str) -> tuple[bytes, bytes]:
    """Returns the head and the body of an answer, read until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"event": 1}).encode()
    head = (
        f"POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    first, _, rest = answer.partition(b"\r\n\r\n")
    return first, rest


def test_connection_ends_with_its_answer() -> None:
    """Kept open, those of the last minute would use up the process's file descriptors."""

    async def handle(document: object) -> dict[str, object]:
        return {"got": document}

    async def run() -> tuple[bytes, bytes]:
        listener, stop = server.bind(), asyncio.Event()
        port = listener.getsockname()[1]
        app = server.InvocationServer("secret", {"/x": handle})
        serving = asyncio.create_task(server.serve(app, listener, stop))
        try:
            return await _post(port, "secret")
        finally:
            stop.set()
            await serving

    head, body = asyncio.run(run())
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body) == {"got": {"event": 1}}
