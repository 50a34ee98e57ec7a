"""Accepts the invocations that the emulator forwards, and requests to repeat one, over HTTP on 127.0.0.1."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from domovoi_tf.dev.workers.pool import PoolClosedError
from domovoi_tf.errors import DomovoiError

#: Lambda's payloads have at most 6 MB; a Base64 string in JSON needs more than its content.
_MOST_BYTES = 64 * 1024 * 1024

Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class InvocationServer:
    """An ASGI app that passes JSON documents to functions by their paths.

    Args:
        token: the bearer token that each request must have.
        handlers: the functions by path.
    """

    def __init__(self, token: str, handlers: Mapping[str, Handler]) -> None:
        self._expected = f"Bearer {token}".encode()
        self._handlers = handlers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers a request."""
        if scope["type"] == "lifespan":
            await _complete_lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        handler = self._handlers.get(scope["path"])
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, self._expected):
            await _answer(send, 401, {"error": "The token is missing or wrong."})
        elif handler is None or scope["method"] != "POST":
            await _answer(send, 404, {"error": "There is nothing at this path."})
        else:
            await self._handle(handler, receive, send)

    async def _handle(self, handler: Handler, receive: Any, send: Any) -> None:
        body = await _read_body(receive)
        try:
            document = json.loads(body or b"null")
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            await _answer(send, 400, {"error": "The body is not a JSON object, or is too large."})
            return
        try:
            await _answer(send, 200, await handler(document))
        except asyncio.CancelledError:
            raise
        except PoolClosedError:
            await _answer(send, 503, {"error": "`dev` is about to end."})
        except DomovoiError as error:
            await _answer(send, 409, {"error": error.message, "remedy": error.remedy})
        except (KeyError, TypeError, ValueError) as error:
            await _answer(send, 400, {"error": f"{type(error).__name__}: {error}"})
        except Exception as error:
            await _answer(send, 500, {"error": f"{type(error).__name__}: {error}"})


async def _read_body(receive: Any) -> bytes:
    """Returns the body; empty if it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            return b""
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


async def _answer(send: Any, status: int, document: Mapping[str, Any]) -> None:
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # The emulator never uses a connection again, and the server would keep it open for a while.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _complete_lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
