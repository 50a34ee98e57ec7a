"""Each command can be killed at any moment: the next one completes, or names the lock and what releases it.

The suite kills each command once. DOMOVOI_TF_SAMPLE=all kills it at more moments.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from command_server import Completed, run_command, start_command
from sampling import choose_size

from domovoi_tf.local import emulator_environment

from .conftest import CommandLine, create_command_line, write_project

pytestmark = [pytest.mark.emulator, pytest.mark.kills]

NAME = "killed-commands"
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...
"""
DEAD = f"{NAME}-dead"
YES = ("--", "-auto-approve", "-no-color")
#: The commands in an order in which each works, with the seconds that an undisturbed run takes about.
COMMANDS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("config",), 0.03),
    (("show",), 0.15),
    (("backend", "create"), 0.7),
    (("render",), 0.2),
    (("render", "--check"), 0.2),
    (("package",), 0.3),
    (("init",), 1.2),
    (("plan",), 2.7),
    (("apply", *YES), 9.0),
    (("backend", "status"), 0.8),
    (("drift",), 3.0),
    (("output",), 1.5),
    (("logs", "--since", "1m"), 0.8),
    (("invoke", "tick"), 0.8),
    (("dlq", "redrive", "--yes"), 1.5),
    (("deploy", "--yes"), 8.0),
    (("backend", "migrate", "--yes"), 3.0),
    (("destroy", *YES), 6.0),
)
MOMENTS = choose_size(1, 5)
#: Runs a command; on the emulator, every command here ends within these seconds, also on a loaded machine.
run = partial(run_command, seconds=180.0)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, emulator: emulator_environment.Emulator
) -> Iterator[Path]:
    """A project with its state in S3, and a queue for the events that its function could not handle."""
    folder = tmp_path_factory.mktemp("killed") / NAME
    queues = emulator_environment.create_client(emulator, "sqs")
    url = queues.create_queue(QueueName=DEAD)["QueueUrl"]
    for number in range(3):
        queues.send_message(
            QueueUrl=url, MessageBody=json.dumps({"task_name": "tick", "event": {"id": number}})
        )
    write_project(folder, configure("first"), APP)
    yield folder
    queues.delete_queue(QueueUrl=url)


def configure(key: str) -> dict[str, object]:
    return {
        "app_name": NAME,
        "dead_letter_queue_target_arn": f"arn:aws:sqs:us-east-1:000000000000:{DEAD}",
        "terraform": {"backend": {"s3": {"bucket": f"{NAME}-states", "key": f"{key}/terraform.tfstate"}}},
    }


def kill_after(seconds: float, command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
    """Starts a command, and kills all its processes after a time, unless it has ended by then."""
    with Path(os.devnull).open("r+") as quiet:
        started = start_command(command, folder, environment, (quiet.fileno(),) * 3, in_session=True)
    with contextlib.suppress(TimeoutError):
        started.wait(seconds)
    started.send_signal(signal.SIGKILL, to_group=True)
    started.wait()


def run_again(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Completed:
    """Runs a command that was killed before. If it fails, it does what the messages say, and repeats it."""
    done = run(command, folder, environment)
    if not done.code:
        return done
    messages = done.out + done.err
    if "domovoi-tf backend unlock" in messages:
        unlocked = run(("backend", "unlock", "--yes"), folder, environment)
        assert unlocked.code == 0, unlocked
        messages += unlocked.out
    if "domovoi-tf backend recover" in messages:
        recovered = run(("backend", "recover"), folder, environment)
        assert recovered.code == 0, recovered
    done = run(command, folder, environment)
    (folder / "terraform" / "stages" / "dev" / "imports.tf").unlink(missing_ok=True)
    return done


def test_each_command_completes_after_it_was_killed(project: Path, shell_environment: dict[str, str]) -> None:
    for number, (command, seconds) in enumerate(COMMANDS):
        for moment in range(MOMENTS):
            if command[:2] == ("backend", "migrate"):
                write_project(project, configure(f"moved-{moment}"), APP)
                assert run(("render",), project, shell_environment).code == 0
            # Another part of its duration for each command, and for each moment.
            part = ((number * 3 + 1) % 7 / 7 + moment / MOMENTS) % 1
            kill_after(seconds * part, command, project, shell_environment)
            done = run_again(command, project, shell_environment)
            is_moved = done.err.startswith("Error: The state of dev is already in ")
            assert done.code == 0 or is_moved, (command, part, done.err, done.out)


@pytest.mark.parametrize("moment", range(choose_size(2, 8)))
def test_new_project_is_there_or_not(
    moment: int, tmp_path: Path, command_line: CommandLine, shell_environment: dict[str, str]
) -> None:
    assert command_line("new-project", "whole", cwd=tmp_path).code == 0
    kill_after(0.01 + 0.01 * moment, ("new-project", "killed"), tmp_path, shell_environment)
    if not (tmp_path / "killed").exists():
        assert command_line("new-project", "killed", cwd=tmp_path).code == 0
    names = [
        sorted(str(path.relative_to(tmp_path / each)) for path in (tmp_path / each).rglob("*"))
        for each in ("whole", "killed")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize("moment", range(choose_size(1, 8)))
def test_emulator_starts_and_stops_after_a_kill(
    moment: int, tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    run_locally = create_command_line({**shell_environment, "DOMOVOI_TF_HOME": str(tmp_path)})
    try:
        kill_after(
            0.1 + 0.2 * moment,
            ("local", "up"),
            tmp_path,
            {**shell_environment, "DOMOVOI_TF_HOME": str(tmp_path)},
        )
        assert run_locally("local", "up", cwd=tmp_path).code == 0
        kill_after(
            0.1 + 0.05 * moment,
            ("local", "down"),
            tmp_path,
            {**shell_environment, "DOMOVOI_TF_HOME": str(tmp_path)},
        )
    finally:
        assert run_locally("local", "down", cwd=tmp_path).code == 0
