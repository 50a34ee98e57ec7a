"""An apply leaves a mark until it succeeds, and a state that it has left half-written is recognized."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.state.unfinished_apply import discard_broken_state, remember_apply

HOLD = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_mark_exists_until_the_apply_succeeds(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with remember_apply(mark):
        assert mark.exists()
    assert not mark.exists()


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ValueError])
def test_mark_stays_if_the_apply_fails(tmp_path: Path, error: type[BaseException]) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(error), remember_apply(mark):
        raise error
    assert mark.exists()
    with remember_apply(mark):
        pass
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "is_broken"),
    [(b'{"version": 4}', False), (b"", False), (b'{"version": 4, "resou', True), (b"\0" * 9, True)],
)
def test_state_that_is_not_json_is_removed(tmp_path: Path, content: bytes, is_broken: bool) -> None:
    state = tmp_path / "state"
    assert not discard_broken_state(state)
    state.write_bytes(content)
    assert discard_broken_state(state) is is_broken
    assert state.exists() is not is_broken


def test_state_that_terraform_is_writing_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text('{"version": 4, "resou')
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as terraform:
        assert terraform.stdout
        assert terraform.stdout.readline() == b"locked\n"
        assert not discard_broken_state(state)
        terraform.communicate()
    with state.open("rb") as file:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    assert discard_broken_state(state)
