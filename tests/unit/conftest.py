"""Fixtures of the fast tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_aws import aws
from fake_terraform import terraform
from silent_endpoint import silent_endpoint

from domovoi_tf.system import suggestions

__all__ = ["aws", "silent_endpoint", "terraform"]


@pytest.fixture(autouse=True)
def forget_invocation() -> Iterator[None]:
    """Forgets what a test said as the user of a command, as the end of a command does."""
    yield
    suggestions.reset()
