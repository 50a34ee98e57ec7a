"""`render` and `package` leave the old tree or the new tree, whenever they are interrupted."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from command_server import Command, start_command
from sampling import sample

from domovoi_tf.system import folder_transaction

pytestmark = pytest.mark.kills

#: When a command is interrupted, as parts of its time. The tests take a sample of these moments,
#: and all of them with DOMOVOI_TF_SAMPLE=all.
MOMENTS = [moment / 45 for moment in range(50)]
SAMPLE_SIZE = 6
HANDLERS = 90
DECORATORS = (
    'scheduled_function("rate({} minutes)")',
    'sns_topic_subscriber("topic{}")',
    'cloudwatch_event_handler(source=["beer{}"])',
    'cloudwatch_logs_sub_filter_handler("group{}", "ale")',
)
#: Files of the user in the output folder, which no command may touch.
USER_FILES = {
    "stages/dev/extra.tf": b"# mine\n",
    "stages/dev/.terraform/state": b"mine",
    "app/mine.tf": b"# mine too\n",
}
Tree = dict[str, bytes]


class Project:
    """A project, and the command that changes its output folder.

    Args:
        folder: the project's folder.
        command: ``render`` or ``package``.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.out, self.command = folder, folder / "terraform", command
        self.environment = {**os.environ, "DOMOVOI_TF_HOME": str(folder / "home")}

    def start(self) -> Command:
        """Starts the command."""
        with Path(os.devnull).open("r+") as quiet:
            return start_command([self.command], self.folder, self.environment, (quiet.fileno(),) * 3)

    def run(self) -> float:
        """Runs the command to its end, and returns how many seconds it took."""
        start = time.monotonic()
        assert self.start().wait() == 0
        return time.monotonic() - start

    def interrupt(self, seconds: float, number: signal.Signals) -> None:
        """Starts the command, and sends it a signal after some seconds, unless it has ended."""
        command = self.start()
        with contextlib.suppress(TimeoutError):
            command.wait(seconds)
        command.send_signal(number)
        command.wait()

    def read_tree(self) -> Tree:
        """Returns the files of the output folder without the user's, after checking that those are intact."""
        paths = [path for path in self.out.rglob("*") if path.is_file()]
        files = {path.relative_to(self.out).as_posix(): path.read_bytes() for path in paths}
        assert {path: files.pop(path) for path in USER_FILES} == USER_FILES
        return files

    def read_settled_tree(self) -> Tree:
        """Returns the files without temporary ones, as soon as no process writes there."""
        lock = os.open(self.out, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(lock)
        return {path: text for path, text in self.read_tree().items() if not is_temporary(path)}

    def restore(self, backup: Path) -> None:
        """Makes the output folder a copy of another folder."""
        shutil.rmtree(self.out)
        shutil.copytree(backup, self.out)


class Change(NamedTuple):
    """A change that the project's command makes.

    Args:
        project: the project, whose app has changed already.
        backup: a copy of the output folder before the change.
        old: its files before the change.
        new: its files after the change.
        seconds: how long the command takes.
    """

    project: Project
    backup: Path
    old: Tree
    new: Tree
    seconds: float


def is_temporary(path: str) -> bool:
    folders = folder_transaction.PREPARED, folder_transaction.COMMITTED
    return path.startswith(tuple(f"{folder}/" for folder in folders)) or path.endswith(".domovoi-tf")


def write_app(folder: Path, first: int, verb: str) -> None:
    lines = ["from domovoi_tf import Domovoi", "app = Domovoi()"]
    for number in range(first, first + HANDLERS):
        if number % 30 == 0:
            lines.append(f'function = app.function("part{number}")')
        source = DECORATORS[number % len(DECORATORS)].format(number + 1000 * len(verb))  # others: no renames
        lines.append(f"@app.{source[:-1]}, function=function)")
        lines.append(f"def {verb}{number}(event, context): ...")
    (folder / "app.py").write_text("\n".join(lines))


@pytest.fixture(scope="module", params=["render", "package"])
def change(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Change:
    """A project whose app changes many files of its output folder."""
    folder = tmp_path_factory.mktemp(request.param)
    project = Project(folder, request.param)
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    (folder / "vendor").mkdir()
    (folder / "vendor" / "big.bin").write_bytes(os.urandom(3_000_000))
    write_app(folder, 30, "serve")
    Project(folder, "render").run()
    for path, content in USER_FILES.items():
        (project.out / path).parent.mkdir(parents=True, exist_ok=True)
        (project.out / path).write_bytes(content)
    project.run()
    old = project.read_tree()
    backup = shutil.copytree(project.out, folder / "backup", copy_function=os.link)
    write_app(folder, 60, "pour")
    seconds = project.run()
    new = project.read_tree()
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    assert len(changed) > (5 if project.command == "render" else 0)
    return Change(project, backup, old, new, seconds)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_interruption_at_any_moment_leaves_old_or_new_tree(change: Change, number: signal.Signals) -> None:
    project = change.project
    project.restore(change.backup)
    outcomes = []
    for moment in sample(MOMENTS, SAMPLE_SIZE):
        project.interrupt(change.seconds * moment, number)
        tree = project.read_settled_tree()
        assert tree in (change.old, change.new), moment
        outcomes.append(tree == change.new)
        if tree == change.new:
            project.restore(change.backup)
    assert False in outcomes
    project.run()
    assert project.read_tree() == change.new
    assert not list((project.folder / "home" / "wheels").glob("tmp-*"))
