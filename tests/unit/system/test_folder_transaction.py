"""A tree is the old one or the new one, whenever the process that writes it is killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domovoi_tf.system import folder_transaction

Tree = dict[str, bytes]
OLD: Tree = {"app/a.tf": b"old a", "app/gone/x.tf": b"old x", "app/same.tf": b"same", "m.json": b"old"}
NEW: Tree = {"app/a.tf": b"new a", "app/deep/er/b.tf": b"new b", "app/same.tf": b"same", "m.json": b"new"}
WRITTEN = {path: content for path, content in NEW.items() if OLD.get(path) != content}
REMOVED = ("app/gone/x.tf",)
MINE: Tree = {"app/mine.tf": b"mine", "stages/dev/.terraform/state": b"mine"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "terraform", {**OLD, **MINE})
    return tmp_path / "terraform"


def put(folder: Path, files: Tree) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def tree(folder: Path) -> Tree:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def whole(folder: Path) -> Tree:
    """The tree without what was there before and is the user's, which must still be there."""
    found = tree(folder)
    assert {path: found.pop(path) for path in MINE} == MINE
    return found


def test_files_are_replaced_added_and_removed_with_their_empty_folders(folder: Path) -> None:
    before = (folder / "app" / "mine.tf").stat()
    folder_transaction.commit(folder, WRITTEN, REMOVED)
    assert whole(folder) == NEW
    assert not (folder / "app" / "gone").exists()
    after = (folder / "app" / "mine.tf").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_mode,
    )
    folder_transaction.settle(folder)
    assert whole(folder) == NEW


#: For each number that it reads commits in a process of its own, which is killed before its file operation of
#: that number, and says whether it was. With "both" the child that the commit is finished by is killed too.
KILLER = """
import os, signal, sys
from pathlib import Path
from domovoi_tf.system import folder_transaction
from test_folder_transaction import REMOVED, WRITTEN

folder, both = Path(sys.argv[1]), sys.argv[2] == "both"
OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.fork"}

def commit(number):
    own, count = os.getpid(), 0
    def hook(event, _):
        nonlocal count
        if event in OPERATIONS and (both or os.getpid() == own):
            count += 1
            if count == number:
                os.kill(own, signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    with folder_transaction.exclusive(folder):
        folder_transaction.commit(folder, WRITTEN, REMOVED)

for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        try:
            commit(int(line))
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
"""


@pytest.fixture
def killed_at(folder: Path, who: str) -> Iterator[Callable[[int], bool]]:
    with subprocess.Popen(
        [sys.executable, "-c", KILLER, str(folder), who],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    ) as process:
        assert process.stdin
        assert process.stdout

        def killed(number: int) -> bool:
            print(number, file=process.stdin, flush=True)
            return process.stdout.readline() == "killed\n"  # type: ignore[union-attr]

        yield killed
        process.stdin.close()


@pytest.mark.parametrize("who", ["the tool", "both"])
def test_killed_before_each_of_its_file_operations(
    folder: Path, who: str, killed_at: Callable[[int], bool]
) -> None:
    seen = []
    for number in range(1, 1000):
        shutil.rmtree(folder)
        put(folder, {**OLD, **MINE})
        was_killed = killed_at(number)
        if who == "the tool":  # its child finishes by itself
            wait_for_child(folder)
            assert without_temporary(whole(folder)) in (OLD, NEW), number
        folder_transaction.settle(folder)
        assert whole(folder) in (OLD, NEW), number
        seen.append(whole(folder) == NEW)
        if not was_killed:
            break
    assert seen[0] is False
    assert seen[-1] is True
    assert sorted(seen) == seen  # killed before the commit or after it, and never again the old tree
    assert len(seen) > 20


def wait_for_child(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def without_temporary(files: Tree) -> Tree:
    temporary = (f"{folder_transaction.PREPARED}/", f"{folder_transaction.COMMITTED}/")
    return {path: content for path, content in files.items() if not path.startswith(temporary)}


def interrupted(folder: Path) -> None:
    """Leaves a change that is committed, and of which nothing is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_transaction, "_finish_apart", lambda _: None)
        folder_transaction.commit(folder, WRITTEN, REMOVED)
    (folder / folder_transaction.PREPARED).rename(folder / folder_transaction.COMMITTED)


def test_what_somebody_changed_before_an_interrupted_commit_is_finished_is_theirs(folder: Path) -> None:
    interrupted(folder)
    (folder / "app" / "a.tf").write_bytes(b"mine")
    (folder / "app" / "gone" / "x.tf").write_bytes(b"mine too")
    folder_transaction.settle(folder)
    theirs = {"app/a.tf": b"mine", "app/gone/x.tf": b"mine too"}
    assert whole(folder) == {**NEW, **theirs}


def test_a_tree_that_spans_file_systems(folder: Path) -> None:
    shared = Path("/dev/shm")  # noqa: S108
    if not shared.is_dir() or shared.stat().st_dev == folder.stat().st_dev:
        pytest.skip("there is one file system only")
    with tempfile.TemporaryDirectory(dir=shared) as other:
        (folder / "stages" / "prod").symlink_to(other)
        folder_transaction.commit(folder, {**WRITTEN, "stages/prod/main.tf": b"prod"}, REMOVED)
        assert [path.name for path in Path(other).iterdir()] == ["main.tf"]
        assert (folder / "stages" / "prod" / "main.tf").read_bytes() == b"prod"
    assert whole(folder) == NEW


def test_what_cannot_be_replaced_is_said_and_finished_later(folder: Path) -> None:
    (folder / "app" / "deep").write_bytes(b"a file")
    with pytest.raises(OSError, match="deep"):
        folder_transaction.commit(folder, WRITTEN, REMOVED)
    (folder / "app" / "deep").unlink()
    folder_transaction.settle(folder)
    assert whole(folder) == NEW


def test_one_process_waits_for_the_other(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from domovoi_tf.system import folder_transaction\n"
        "with folder_transaction.exclusive(Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n"
        "    print('in')"
    )
    with folder_transaction.exclusive(folder):
        other = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
        assert other.stdout
        assert other.stdout.readline() == "waiting\n"
        folder_transaction.commit(folder, WRITTEN, REMOVED)
        assert other.poll() is None
    assert other.communicate()[0] == "in\n"


def test_a_signal_to_end_waits_for_the_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = folder_transaction._commit_and_finish

    def interrupt_first(folder: Path) -> None:
        os.kill(os.getppid(), signal.SIGINT)
        finish(folder)

    monkeypatch.setattr(folder_transaction, "_commit_and_finish", interrupt_first)
    with pytest.raises(KeyboardInterrupt):
        folder_transaction.commit(folder, WRITTEN, REMOVED)
    assert whole(folder) == NEW
