"""Fixtures of the fast tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_aws import aws
from fake_terraform import terraform
from silent_endpoint import silent_endpoint

from domovoi_tf.system import suggestions

from .errors.recorder import Recorder, record_errors

__all__ = ["aws", "silent_endpoint", "terraform"]


@pytest.fixture(autouse=True)
def forget_invocation() -> Iterator[None]:
    """Forgets what a test said as the user of a command, as the end of a command does."""
    yield
    suggestions.reset()


@pytest.fixture(scope="session")
def error_recorder() -> Iterator[Recorder]:
    """Records the errors and problems that the tests make."""
    with record_errors() as recorder:
        yield recorder


@pytest.fixture(autouse=True)
def require_registered_errors(error_recorder: Recorder) -> Iterator[None]:
    """Fails a test that makes an error or a problem that the registry of errors lacks."""
    yield
    unknown = "\n".join(map(str, error_recorder.take_unknown()))
    assert not unknown, f"the registry of errors lacks these, or has other remedies for them:\n{unknown}"
