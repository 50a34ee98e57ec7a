"""Tests the server of invocations with raw requests: who is refused, and what broken requests do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import pytest

from domovoi_tf.dev import server
from domovoi_tf.dev.workers.pool import PoolClosedError
from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.system.loopback import servers, sockets

T = TypeVar("T")
TOKEN = "the-token"
RIGHT = f"Authorization: Bearer {TOKEN}"
_FAILURES = {
    "closed": PoolClosedError(),
    "domovoi": DomovoiError("It is wrong.", "Do this."),
    "key": KeyError("function"),
    "other": RuntimeError("unexpected"),
}


async def answer(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Echoes a document, or raises the exception that it names."""
    if failure := _FAILURES.get(document.get("raise", "")):
        raise failure
    return {"got": document}


def run(function: Callable[[int], Awaitable[T]]) -> T:
    """Runs a coroutine function with the port of a server."""

    async def call() -> T:
        listener, stop = sockets.bind(None, EmulatorError), asyncio.Event()
        port = listener.getsockname()[1]
        assert listener.getsockname()[0] == "127.0.0.1"
        app = server.InvocationServer(TOKEN, {"/invocations": answer})
        serving = asyncio.create_task(servers.serve(app, listener, stop.wait))
        try:
            return await function(port)
        finally:
            stop.set()
            await serving

    return asyncio.run(call())


def ask(*head: str, body: bytes = b"{}") -> tuple[int, Any]:
    """Returns the status and the document of the answer to a request: its first line and its headers."""

    async def exchange(port: int) -> tuple[int, Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [*head, "Host: example.com", f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        received = await asyncio.wait_for(reader.read(), 20)  # until the server closes the connection
        writer.close()
        start, _, content = received.partition(b"\r\n\r\n")
        return int(start.split()[1]), json.loads(content)

    return run(exchange)


def test_request_with_the_token_is_handled() -> None:
    """Its connection ends with the answer: kept open, those of a minute would use up the descriptors."""
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=b'{"a": 1}') == (200, {"got": {"a": 1}})


@pytest.mark.parametrize(
    "header",
    [
        "X-None: 1",
        "Authorization: Bearer",
        "Authorization: Bearer the-toke",
        "Authorization: Bearer the-token2",
        "Authorization: Basic the-token",
        "Authorization: Bearer \u00fc",
        "Cookie: token=the-token",
    ],
)
def test_request_without_the_token_is_refused(header: str) -> None:
    """It learns nothing: not even which paths there are."""
    expected = (401, {"error": "The token is missing or wrong."})
    assert ask("POST /invocations HTTP/1.1", header) == expected
    assert ask("GET /nothing HTTP/1.1", header) == expected


@pytest.mark.parametrize(
    "line",
    [
        "GET /invocations",
        "PUT /invocations",
        "POST /",
        "POST /invocations/",
        "POST /other",
        "POST //invocations",
    ],
)
def test_other_methods_and_paths_are_not_found(line: str) -> None:
    assert ask(f"{line} HTTP/1.1", RIGHT) == (404, {"error": "There is nothing at this path."})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'"a"', b"\xff", b"[" * 100_000, b'{"a": ' + b"[" * 100_000]
)
def test_body_that_is_not_an_object_is_refused(body: bytes) -> None:
    expected = (400, {"error": "The body is not a JSON object, or is too large."})
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=body) == expected


def test_body_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_BYTES", 1000)
    body = json.dumps({"a": "x" * 1000}).encode()
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=body)[0] == 400
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=body[:500].ljust(500))[0] == 400
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=json.dumps({"a": "x" * 900}).encode())[0] == 200


def test_large_body_arrives_whole() -> None:
    status, document = ask(
        "POST /invocations HTTP/1.1", RIGHT, body=json.dumps({"a": "x" * 12_000_000}).encode()
    )
    assert (status, len(document["got"]["a"])) == (200, 12_000_000)


@pytest.mark.parametrize(
    ("failure", "status", "document"),
    [
        ("closed", 503, {"error": "`dev` is about to end."}),
        ("domovoi", 409, {"error": "It is wrong.", "remedy": "Do this."}),
        ("key", 400, {"error": "KeyError: 'function'"}),
        ("other", 500, {"error": "RuntimeError: unexpected"}),
    ],
)
def test_failures_have_statuses(failure: str, status: int, document: dict[str, str]) -> None:
    body = json.dumps({"raise": failure}).encode()
    assert ask("POST /invocations HTTP/1.1", RIGHT, body=body) == (status, document)
