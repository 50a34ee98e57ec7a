"""A run of Terraform that was killed is recognized by the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.terraform.killed_runs import forget, mark_run, was_killed

RUN = """
import sys
from pathlib import Path
from domovoi_tf.terraform.killed_runs import mark_run
with mark_run(sys.argv[1], Path(sys.argv[2])):
    print("runs", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


def start(command: str, mark: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, command, str(mark)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"runs\n"
    return process


@pytest.mark.parametrize(("command", "expected"), [("apply", True), ("destroy", True), ("plan", False)])
def test_killed_run_is_recognized_when_it_has_ended(mark: Path, command: str, expected: bool) -> None:
    with start(command, mark) as process:
        assert not was_killed(mark)
        process.kill()
    assert was_killed(mark) is expected
    forget(mark)
    forget(mark)
    assert not was_killed(mark)


def test_run_that_ends_is_not_a_killed_one(mark: Path) -> None:
    with start("apply", mark) as process:
        process.kill()
    with mark_run("apply", mark) as run:
        assert not was_killed(mark)
        run.succeeded = True
    assert not was_killed(mark)
    with pytest.raises(SystemExit), mark_run("apply", mark):
        raise SystemExit
    assert not was_killed(mark)


def test_run_that_fails_leaves_the_mark_of_a_killed_one(mark: Path) -> None:
    with start("apply", mark) as process:
        process.kill()
    with mark_run("apply", mark):
        pass
    assert was_killed(mark)


@pytest.mark.parametrize("is_left", [False, True])
def test_run_whose_terraform_was_killed_leaves_a_mark(mark: Path, is_left: bool) -> None:
    if is_left:
        mark.touch()
    with mark_run("apply", mark) as run:
        run.was_killed = True
    assert was_killed(mark)
    with mark_run("apply", mark) as run:
        run.succeeded = True
    assert not was_killed(mark)


@pytest.mark.parametrize("succeeded", [False, True])
def test_run_beside_another_one_leaves_its_mark(mark: Path, succeeded: bool) -> None:
    with start("apply", mark) as process:
        with mark_run("apply", mark) as run:
            run.succeeded = succeeded
        process.kill()
    assert was_killed(mark)


def test_folder_that_does_not_exist_is_not_created(mark: Path) -> None:
    with mark_run("apply", mark / "none"):
        pass
    assert not was_killed(mark / "none")
    assert not mark.exists()
