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


def start(command: str, folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"runs\n"
    return process


@pytest.mark.parametrize(("command", "expected"), [("apply", True), ("destroy", True), ("plan", False)])
def test_killed_run_is_recognized_when_it_has_ended(tmp_path: Path, command: str, expected: bool) -> None:
    with start(command, tmp_path) as process:
        assert not was_killed(tmp_path)
        process.kill()
    assert was_killed(tmp_path) is expected
    forget(tmp_path)
    forget(tmp_path)
    assert not was_killed(tmp_path)


def test_run_that_ends_is_not_a_killed_one(tmp_path: Path) -> None:
    with start("apply", tmp_path) as process:
        process.kill()
    with mark_run("apply", tmp_path) as run:
        assert not was_killed(tmp_path)
        run.succeeded = True
    assert not was_killed(tmp_path)
    with pytest.raises(SystemExit), mark_run("apply", tmp_path):
        raise SystemExit
    assert not was_killed(tmp_path)


def test_run_that_fails_leaves_the_mark_of_a_killed_one(tmp_path: Path) -> None:
    with start("apply", tmp_path) as process:
        process.kill()
    with mark_run("apply", tmp_path):
        pass
    assert was_killed(tmp_path)


def test_folder_that_does_not_exist_is_not_created(tmp_path: Path) -> None:
    with mark_run("apply", tmp_path / "none"):
        pass
    assert not was_killed(tmp_path / "none")
    assert not (tmp_path / "none").exists()
