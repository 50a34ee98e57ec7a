"""Tests how the emulator hands invocations to `dev`, against a server whose answers a test chooses."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domovoi_tf.local.forwarding import addresses, invocations

REQUEST = {"event": 1, "request_id": "r-1"}


@contextmanager
def serve(answer: Callable[[bytes], bytes]) -> Iterator[addresses.Forwarding]:
    """Yields the address of a server that answers one request with some bytes, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        with connection:
            received = b""
            while not received.endswith(json.dumps(REQUEST).encode()):
                received += connection.recv(65536)
            connection.sendall(answer(received))

    thread = threading.Thread(target=run)
    thread.start()
    yield addresses.make_forwarding(listener.getsockname()[1], "the-token", Path(), "dev")
    thread.join()
    listener.close()


def make_answer(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_answer_is_returned_and_the_token_is_sent() -> None:
    received: list[bytes] = []

    def answer(request: bytes) -> bytes:
        received.append(request)
        return make_answer(200, b'{"result": 2, "log": ""}')

    with serve(answer) as forwarding:
        assert invocations._forward(forwarding, REQUEST) == {"result": 2, "log": ""}
    assert received[0].startswith(b"POST /invocations HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer the-token\r\n" in received[0]


@pytest.mark.parametrize("status", [401, 404, 503])
def test_event_that_was_not_taken_is_left_to_the_deployed_code(status: int) -> None:
    with serve(lambda _: make_answer(status, b'{"error": "x"}')) as forwarding:
        assert invocations._forward(forwarding, REQUEST) is None


def test_event_is_left_to_the_deployed_code_if_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        forwarding = addresses.make_forwarding(listener.getsockname()[1], "the-token", Path(), "dev")
    assert invocations._forward(forwarding, REQUEST) is None


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", make_answer(200, b"[]")]
)
def test_event_that_was_taken_and_not_answered_fails(answer: bytes) -> None:
    """The deployed code must not handle it once more."""
    with serve(lambda _: answer) as forwarding:
        found = invocations._forward(forwarding, REQUEST)
    assert found is not None
    message = "RequestId: r-1 Error: `dev` ended during the invocation"
    assert found["failure"] == {"errorType": "Runtime.ExitError", "errorMessage": message}
    assert found["log"].startswith(message)


def test_request_has_the_function_with_its_variables_and_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    monkeypatch.setenv("GATEWAY_PORT", "4567")
    config = {
        "FunctionName": "bar-dev",
        "FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:bar-dev",
        "Role": "arn:aws:iam::000000000000:role/bar-dev",
        "Timeout": 9,
        "MemorySize": 256,
        "Environment": {"Variables": {"COLOUR": "green"}},
        "TracingConfig": {"Mode": "Active"},
    }
    request = invocations.build_request((lambda_runtime, lambda_svc), config, {"beer": 1}, "r-1")
    assert request["trace_id"].startswith("Root=1-")
    assert (request["event"], request["request_id"]) == ({"beer": 1}, "r-1")
    assert request["function"] == {
        "name": "bar-dev",
        "arn": config["FunctionArn"],
        "version": "$LATEST",
        "timeout": 9,
        "memory_size": 256,
        "logging": {},
    }
    assert request["variables"] == {"COLOUR": "green"}
    assert request["aws"]["AWS_REGION"] == "eu-west-1"
    assert request["aws"]["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= {*request["aws"]}
    del config["TracingConfig"]
    assert invocations.build_request((lambda_runtime, lambda_svc), config, 1, "r-2")["trace_id"] == ""


def test_failure_of_dev_is_told() -> None:
    with serve(lambda _: make_answer(500, b'{"error": "RuntimeError: unexpected"}')) as forwarding:
        found = invocations._forward(forwarding, REQUEST)
    message = "RequestId: r-1 Error: `dev` failed: RuntimeError: unexpected"
    assert found == {"failure": {"errorType": "Runtime.ExitError", "errorMessage": message}, "log": message}


def test_failure_is_answered_as_lambda_does() -> None:
    failure = {"errorType": "ValueError", "errorMessage": "no beer", "stackTrace": []}
    assert invocations.build_result({"failure": failure, "log": "line"}, "r-1") == {
        "body": {**failure, "requestId": "r-1"},
        "error": True,
        "log": "line",
    }
    assert invocations.build_result({"result": None, "log": ""}, "r-1") == {"body": None, "log": ""}
