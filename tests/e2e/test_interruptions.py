"""Ctrl-C, and output that nobody reads, leave the state in S3 unlocked."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sampling import choose_size

from domovoi_tf.local import emulator_environment

from .conftest import PROGRAM, CommandLine, write_project

pytestmark = pytest.mark.emulator

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...
"""
NAME = "interruptions"
BUCKET = f"{NAME}-states"
CONFIG = {"app_name": NAME, "terraform": {"backend": {"s3": {"bucket": BUCKET}}}}
#: Shows that Terraform works, ignores the signal, and ends when the file is there.
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "trap '' INT; touch %s/reached; while [ ! -e %s/go ]; do sleep 0.05; done"
  }
}
"""
RESULT = "What Terraform had finished is in the state. Run the command again to make the other changes.\n"
#: The commands, with the seconds that an undisturbed run takes about.
COMMANDS = (
    (("init",), 2.0),
    (("plan",), 3.0),
    (("drift",), 3.0),
    (("deploy", "--yes"), 5.0),
    (("output",), 1.5),
)
MOMENTS = choose_size(2, 12)


@pytest.fixture(scope="module")
def s3(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "s3")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Iterator[Path]:
    """A project with its state in S3, whose schedule is deployed."""
    folder = write_project(tmp_path_factory.mktemp("interruptions") / NAME, CONFIG, APP)
    assert command_line("backend", "create", cwd=folder).code == 0
    assert command_line("deploy", "--yes", cwd=folder).code == 0
    yield folder
    assert command_line("destroy", "--yes", cwd=folder).code == 0


def list_locks(s3: Any) -> list[str]:
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    return [key for key in keys if key.endswith(".tflock")]


def test_ctrl_c_during_an_apply_keeps_what_is_done_and_leaves_no_lock(
    project: Path, shell_environment: dict[str, str], command_line: CommandLine, s3: Any, tmp_path: Path
) -> None:
    extra = project / "terraform" / "stages" / "dev" / "extra.tf"
    extra.write_text(SLOW % (tmp_path, tmp_path))
    with start(("deploy", "--yes"), project, shell_environment) as process:
        while not (tmp_path / "reached").exists():
            assert process.poll() is None, process.communicate()
        assert list_locks(s3)
        os.killpg(process.pid, signal.SIGINT)
        (tmp_path / "go").touch()
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("Interrupted. ")
    assert errors.endswith((f"of 1 changes were made. {RESULT}", "Terraform had already made all changes.\n"))
    assert "Error" not in errors
    assert list_locks(s3) == []
    extra.unlink()
    assert command_line("deploy", "--yes", cwd=project).code == 0


def test_ctrl_c_at_any_moment_leaves_no_lock(
    project: Path, shell_environment: dict[str, str], s3: Any
) -> None:
    for number, (command, seconds) in enumerate(COMMANDS):
        for moment in range(MOMENTS):
            # Not before Python has started.
            part = 0.3 + 0.7 * (((number * 3 + 1) % 7 / 7 + moment / MOMENTS) % 1)
            with start(command, project, shell_environment) as process:
                try:
                    process.wait(seconds * part)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGINT)
                output, errors = process.communicate()
            if process.returncode == -signal.SIGINT and not errors:  # Python was ending already
                continue
            if process.returncode:  # it may have ended before
                assert process.returncode == 130, (command, part, output, errors)
                assert errors.splitlines()[-1].startswith("Interrupted."), (command, part, errors)
            assert "Error" not in errors, (command, part)
            assert list_locks(s3) == [], (command, part)


def test_plan_whose_output_nobody_reads_is_saved_and_leaves_no_lock(
    project: Path, shell_environment: dict[str, str], command_line: CommandLine, s3: Any
) -> None:
    (project / "app.py").write_text(APP.replace("1 hour", "2 hours"))
    for command in ("render", "package"):
        assert command_line(command, cwd=project).code == 0
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; '{PROGRAM}' plan | head -1"],
        cwd=project,
        env=shell_environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert list_locks(s3) == []
    applied = command_line("apply", cwd=project)
    assert (applied.code, "rate(1 hour) → rate(2 hours)" in applied.out) == (0, True)


def start(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Starts domovoi-tf in a process group of its own, as a shell does."""
    return subprocess.Popen(
        [PROGRAM, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
