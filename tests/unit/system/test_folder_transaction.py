"""A folder has the old files or the new files, whenever the process that changes it is killed."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domovoi_tf.system import folder_transaction

Tree = dict[str, bytes]
OLD: Tree = {"app/a.tf": b"old a", "app/gone/x.tf": b"old x", "app/same.tf": b"same", "m.json": b"old"}
NEW: Tree = {"app/a.tf": b"new a", "app/deep/er/b.tf": b"new b", "app/same.tf": b"same", "m.json": b"new"}
WRITTEN = {path: content for path, content in NEW.items() if OLD.get(path) != content}
REMOVED = ("app/gone/x.tf",)
#: Files of the user, which no change may touch.
USER_FILES: Tree = {"app/mine.tf": b"mine", "stages/dev/.terraform/state": b"mine"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tree(tmp_path / "terraform", {**OLD, **USER_FILES})
    return tmp_path / "terraform"


def write_tree(folder: Path, files: Tree) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def read_tree(folder: Path) -> Tree:
    """Returns the files of the folder without the user's own, after checking that these are intact."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    assert {path: files.pop(path) for path in USER_FILES} == USER_FILES
    return files


def test_commit_replaces_adds_and_removes_files_and_empty_folders(folder: Path) -> None:
    before = (folder / "app" / "mine.tf").stat()
    folder_transaction.commit(folder, WRITTEN, REMOVED)
    assert read_tree(folder) == NEW
    assert not (folder / "app" / "gone").exists()
    after = (folder / "app" / "mine.tf").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_mode,
    )
    folder_transaction.recover(folder)
    assert read_tree(folder) == NEW


#: Reads numbers; for each, forks a process that commits and is killed before the file operation with that
#: number, and prints whether it was killed. With "both", the child that finishes the commit is killed too;
#: with "the child", it alone.
KILLER = """
import os, signal, sys
from pathlib import Path
from domovoi_tf.system import folder_transaction
from test_folder_transaction import REMOVED, WRITTEN

folder, victim = Path(sys.argv[1]), sys.argv[2]
OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.fork"}

def commit(number):
    own, count = os.getpid(), 0
    def hook(event, _):
        nonlocal count
        if event in OPERATIONS and (victim == "both" or (victim == "the tool") == (os.getpid() == own)):
            count += 1
            if count == number:
                if victim != "the child":
                    os.kill(own, signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    with folder_transaction.lock_folder(folder):
        folder_transaction.commit(folder, WRITTEN, REMOVED)

for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            commit(int(line))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    print("killed" if os.WIFSIGNALED(status) else "failed" if status else "done", flush=True)
"""


@pytest.fixture
def kill_at(folder: Path, victim: str) -> Iterator[Callable[[int], bool]]:
    with subprocess.Popen(
        [sys.executable, "-c", KILLER, str(folder), victim],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    ) as process:
        assert process.stdin
        assert process.stdout

        def kill(number: int) -> bool:
            print(number, file=process.stdin, flush=True)
            ending = process.stdout.readline()  # type: ignore[union-attr]
            assert ending in ("killed\n", "done\n"), number
            return ending == "killed\n"

        yield kill
        process.stdin.close()


@pytest.mark.parametrize("victim", ["the tool", "both"])
def test_kill_before_any_file_operation_leaves_old_or_new_tree(
    folder: Path, victim: str, kill_at: Callable[[int], bool]
) -> None:
    committed = []
    for number in range(1, 1000):
        shutil.rmtree(folder)
        write_tree(folder, {**OLD, **USER_FILES})
        was_killed = kill_at(number)
        if victim == "the tool":  # its child finishes by itself
            wait_for_child(folder)
            assert drop_temporary(read_tree(folder)) in (OLD, NEW), number
        folder_transaction.recover(folder)
        assert read_tree(folder) in (OLD, NEW), number
        committed.append(read_tree(folder) == NEW)
        if not was_killed:
            break
    assert committed[0] is False
    assert committed[-1] is True
    assert sorted(committed) == committed  # every kill after the commit leaves the new tree
    assert len(committed) > 20


@pytest.mark.parametrize("victim", ["the child"])
def test_parent_finishes_the_commit_of_a_killed_child(folder: Path, kill_at: Callable[[int], bool]) -> None:
    for number in range(1, 40):
        shutil.rmtree(folder)
        write_tree(folder, {**OLD, **USER_FILES})
        assert not kill_at(number)
        assert read_tree(folder) == NEW, number


def wait_for_child(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def drop_temporary(files: Tree) -> Tree:
    temporary = (f"{folder_transaction.PREPARED}/", f"{folder_transaction.COMMITTED}/")
    return {path: content for path, content in files.items() if not path.startswith(temporary)}


def interrupt_commit(folder: Path) -> None:
    """Leaves a change that is committed, but none of its files moved into place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_transaction, "_commit_in_child", lambda _: None)
        folder_transaction.commit(folder, WRITTEN, REMOVED)
    (folder / folder_transaction.PREPARED).rename(folder / folder_transaction.COMMITTED)


def test_recovery_keeps_files_edited_after_the_interruption(folder: Path) -> None:
    interrupt_commit(folder)
    edits = {"app/a.tf": b"edited", "app/gone/x.tf": b"edited too"}
    for path, content in edits.items():
        (folder / path).write_bytes(content)
    folder_transaction.recover(folder)
    assert read_tree(folder) == {**NEW, **edits}


def test_commit_replaces_files_on_another_file_system(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that is mounted at a subfolder, simulated because only root can mount one."""
    replace, mounted = Path.replace, folder / "stages" / "prod"

    def refuse_to_cross(path: Path, target: Path) -> Path:
        if (mounted in path.parents) != (mounted in Path(target).parents):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(path))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse_to_cross)
    mounted.mkdir()
    folder_transaction.commit(folder, {**WRITTEN, "stages/prod/main.tf": b"prod"}, REMOVED)
    assert read_tree(folder) == {**NEW, "stages/prod/main.tf": b"prod"}


def test_commit_changes_nothing_behind_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (folder / "stages" / "prod").symlink_to(tmp_path / "other")
    for written, removed in (
        ({**WRITTEN, "stages/prod/main.tf": b""}, REMOVED),
        (WRITTEN, ("stages/prod/x",)),
    ):
        with pytest.raises(OSError, match="stages/prod"):
            folder_transaction.commit(folder, written, removed)
        assert read_tree(folder) == OLD
    assert list((tmp_path / "other").iterdir()) == []


def test_file_that_cannot_be_replaced_is_an_error_and_recovery_finishes(folder: Path) -> None:
    (folder / "app" / "deep").write_bytes(b"a file")
    with pytest.raises(OSError, match="deep"):
        folder_transaction.commit(folder, WRITTEN, REMOVED)
    (folder / "app" / "deep").unlink()
    folder_transaction.recover(folder)
    assert read_tree(folder) == NEW


def test_lock_waits_for_another_process(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from domovoi_tf.system import folder_transaction\n"
        "with folder_transaction.lock_folder(Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n"
        "    print('in')"
    )
    with folder_transaction.lock_folder(folder):
        other = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
        assert other.stdout
        assert other.stdout.readline() == "waiting\n"
        folder_transaction.commit(folder, WRITTEN, REMOVED)
        assert other.poll() is None
    assert other.communicate()[0] == "in\n"


def test_commit_finishes_in_a_session_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals to the terminal of the tool do not reach it."""
    replace, sessions = Path.replace, folder / "sessions"

    def record(path: Path, target: Path) -> Path:
        with sessions.open("a") as file:
            file.write(f"{os.getsid(0)}\n{os.getpgid(0)}\n")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", record)
    folder_transaction.commit(folder, WRITTEN, REMOVED)
    used = set(sessions.read_text().split())
    assert len(used) == 1
    assert used.isdisjoint({str(os.getsid(0)), str(os.getpgid(0))})


def test_interrupt_takes_effect_after_the_commit(folder: Path) -> None:
    """In a process of its own: in this one, threads of pytest receive signals that the main thread blocks."""
    code = f"""if True:
        import os, signal, sys
        from pathlib import Path
        from domovoi_tf.system import folder_transaction

        commit_prepared = folder_transaction._commit_prepared

        def interrupt_first(folder):
            os.kill(os.getppid(), signal.SIGINT)
            commit_prepared(folder)

        folder_transaction._commit_prepared = interrupt_first
        try:
            folder_transaction.commit(Path(sys.argv[1]), {WRITTEN!r}, {REMOVED!r})
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
    assert read_tree(folder) == NEW
