"""The console with sample data, as the tests of its pages have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console_fixture import serve_fixture

from ..conftest import Client


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A running `dev`, whose data the tests of a module share."""
    with serve_fixture(tmp_path_factory.mktemp("sample")) as console:
        yield Client(console)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A stage on AWS."""
    with serve_fixture(tmp_path_factory.mktemp("deployed"), place="aws") as console:
        yield Client(console)
