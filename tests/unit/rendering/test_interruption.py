"""`render` and `package` may be killed at any moment: the tree is the old one or the new one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.system import folder_transaction

PROGRAM = Path(sys.executable).with_name("domovoi-tf")
MOMENTS = 50
HANDLERS = 150
KINDS = (
    'scheduled_function("rate({} minutes)")',
    'sns_topic_subscriber("topic{}")',
    'cloudwatch_event_handler(source=["beer{}"])',
    'cloudwatch_logs_sub_filter_handler("group{}", "ale")',
)
MINE = {"stages/dev/extra.tf": b"# mine\n", "stages/dev/.terraform/state": b"mine", "app/mine.tf": b"# too\n"}
Tree = dict[str, bytes]


class Project:
    """A project with a tree, and what a command makes of it."""

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.out, self.command = folder, folder / "terraform", command
        self.environment = {**os.environ, "DOMOVOI_TF_HOME": str(folder / "home")}

    def start(self) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        command = [str(PROGRAM), self.command]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=quiet, stderr=quiet)

    def run(self) -> float:
        """Runs the command to its end, and returns how many seconds it took."""
        began = time.monotonic()
        assert self.start().wait() == 0
        return time.monotonic() - began

    def tree(self) -> Tree:
        """The output folder's files but the user's, which must be as they were."""
        paths = [path for path in self.out.rglob("*") if path.is_file()]
        found = {path.relative_to(self.out).as_posix(): path.read_bytes() for path in paths}
        assert {path: found.pop(path) for path in MINE} == MINE
        return found

    def settled(self) -> Tree:
        """The tree without temporary files, once no process writes it any more."""
        lock = os.open(self.out, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(lock)
        return {path: text for path, text in self.tree().items() if not is_temporary(path)}


def is_temporary(path: str) -> bool:
    folders = folder_transaction.PREPARED, folder_transaction.COMMITTED
    return path.startswith(tuple(f"{folder}/" for folder in folders)) or path.endswith(".domovoi-tf")


def write_app(folder: Path, first: int, what: str) -> None:
    lines = ["from domovoi_tf import Domovoi", "app = Domovoi()"]
    for number in range(first, first + HANDLERS):
        if number % 30 == 0:
            lines.append(f'function = app.function("part{number}")')
        lines.append(f"@app.{KINDS[number % len(KINDS)].format(number)[:-1]}, function=function)")
        lines.append(f"def {what}{number}(event, context): ...")
    (folder / "app.py").write_text("\n".join(lines))


@pytest.fixture(params=["render", "package"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    project = Project(tmp_path, request.param)
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "big.bin").write_bytes(os.urandom(3_000_000))
    write_app(tmp_path, 30, "serve")
    Project(tmp_path, "render").run()
    for path, content in MINE.items():
        (project.out / path).parent.mkdir(parents=True, exist_ok=True)
        (project.out / path).write_bytes(content)
    project.run()
    return project


@pytest.fixture
def trees(project: Project) -> Iterator[tuple[Tree, Tree, float]]:
    """The old tree, which the folder has, and the new one, and for how many seconds that is in the making."""
    old = project.tree()
    kept = shutil.copytree(project.out, project.folder / "kept", copy_function=os.link)
    write_app(project.folder, 60, "pour")
    seconds = project.run()
    new = project.tree()
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    assert len(changed) > (5 if project.command == "render" else 0)
    restore(project, kept)
    yield old, new, seconds


def restore(project: Project, kept: Path) -> None:
    shutil.rmtree(project.out)
    shutil.copytree(kept, project.out)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_at_many_moments(project: Project, trees: tuple[Tree, Tree, float], number: signal.Signals) -> None:
    old, new, seconds = trees
    seen = {"old": 0, "new": 0}
    for moment in range(MOMENTS):
        process = project.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds * 1.1 * moment / (MOMENTS - 1))
        process.send_signal(number)
        process.wait()
        found = project.settled()
        assert found in (old, new), moment
        seen["new" if found == new else "old"] += 1
        if found == new:
            restore(project, project.folder / "kept")
    assert seen["old"] > 0
    project.run()
    assert project.tree() == new
    assert not list((project.folder / "home" / "wheels").glob("tmp-*"))
