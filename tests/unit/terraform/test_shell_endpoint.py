"""Shells that are set up for an emulator that has ended."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from domovoi_tf.errors import EmulatorError
from domovoi_tf.terraform.shell_endpoint import explain_unreachable, require_running_endpoint


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which nothing listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_port_without_a_server_is_an_error(port: int, host: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        require_running_endpoint({"AWS_ENDPOINT_URL": f"http://{host}:{port}"})
    assert str(caught.value) == (
        f"AWS_ENDPOINT_URL names an emulator that is not running: http://{host}:{port}.\n"
        'Start it with `domovoi-tf local up`, then run eval "$(domovoi-tf local env)" in this shell. '
        "To use AWS instead, open a new shell."
    )


def test_port_with_a_server_is_valid() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        require_running_endpoint({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"})


@pytest.mark.parametrize(
    "endpoint",
    ["", "http://127.0.0.1", "http://127.0.0.1:x", "http://[", "https://vpce.invalid:1", "http://10.0.0.1:1"],
)
def test_no_other_endpoint_is_tried(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it was tried"))
    assert explain_unreachable({"AWS_ENDPOINT_URL": endpoint}) is None
    assert explain_unreachable({}) is None
