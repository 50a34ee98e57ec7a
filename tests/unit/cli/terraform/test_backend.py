"""`domovoi-tf backend`."""

from __future__ import annotations

from ..conftest import Fails


def test_creating_a_bucket_needs_a_configured_backend(fails: Fails) -> None:
    assert fails("backend", "create").splitlines()[0] == (
        "Error: No backend is configured for the stage: its state is kept in a local file."
    )
