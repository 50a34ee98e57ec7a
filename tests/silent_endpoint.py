"""An AWS that accepts connections and never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from fake_aws import LOADER

#: The limits of boto3's clients that do not let tests wait. No environment variable sets them.
LIMITS = {"read_timeout": 0.05, "retries": {"mode": "standard", "total_max_attempts": 1}}


@pytest.fixture
def silent_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An endpoint that accepts connections and never answers, and credentials for it."""
    # Each session would read the models of the services again.
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: LOADER)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "AKIATEST",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "/nowhere/config",
            "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield endpoint
