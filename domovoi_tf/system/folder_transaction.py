"""Changes to a folder that happen whole or not at all, whenever the process that makes them is ended.

The new files are first written beside the old ones, in a folder of their own, with a note of what each is to
replace. Renaming that folder is the commit. From then on the change is finished by whoever comes first: a
child process that signals to the tool do not reach, and if that is killed too, the next command.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.system import atomic_files

#: Beside the files: those of a change before and after its commit, and what each replaces.
PREPARED, COMMITTED = ".domovoi-tf.new", ".domovoi-tf.committed"
_JOURNAL = "journal.json"
_FILES = "files"


@contextlib.contextmanager
def exclusive(folder: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Waits until no other process changes the folder, and finishes or removes what one left half done.

    Args:
        folder: made where it is missing.
        waiting: called where there is somebody to wait for.

    Raises:
        OSError: the folder cannot be made, read or changed.

    https://man7.org/linux/man-pages/man2/flock.2.html
    """
    with contextlib.suppress(FileExistsError):  # a file of that name: opening it says so
        folder.mkdir(parents=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(lock, waiting)
        _recover(folder)
        yield
    finally:
        os.close(lock)


def settle(folder: Path) -> None:
    """Finishes or removes what an interrupted process left half done in a folder; mostly there is nothing.

    Args:
        folder: need not exist.

    Raises:
        OSError: the folder cannot be changed.
    """
    if any((folder / name).exists() for name in (PREPARED, COMMITTED)):
        with exclusive(folder):
            pass


def commit(folder: Path, written: Mapping[str, bytes], removed: Iterable[str]) -> None:
    """Replaces and removes files, all or none; folders that are empty then go too.

    Args:
        folder: exists, and no other process changes it.
        written: the files' contents by path below the folder; the last is also the last to be replaced.
        removed: the paths of files to remove.

    Raises:
        OSError: the files cannot be written. Then nothing was, but where what is there cannot be replaced.
    """
    try:
        _prepare(folder, written, tuple(removed))
        _finish_apart(folder)
    except BaseException:
        shutil.rmtree(folder / PREPARED, ignore_errors=True)
        raise


def digest(path: Path) -> str | None:
    """Returns the SHA-256 of a file, or None where there is none."""
    with contextlib.suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _lock(lock: int, waiting: Callable[[], object]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        return  # some network file systems lock no folders; whoever is alone there needs no lock


def _recover(folder: Path) -> None:
    if (folder / COMMITTED).exists():
        _finish(folder)
    shutil.rmtree(folder / PREPARED, ignore_errors=True)


def _prepare(folder: Path, written: Mapping[str, bytes], removed: Iterable[str]) -> None:
    prepared = folder / PREPARED
    shutil.rmtree(prepared, ignore_errors=True)
    prepared.mkdir()
    for path, content in written.items():
        new = prepared / _FILES / path
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
    replaced = {path: digest(folder / path) for path in (*written, *removed)}
    journal = {"written": list(written), "removed": list(removed), "replaced": replaced}
    (prepared / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")


def _finish_apart(folder: Path) -> None:
    """Commits and finishes in a child, which this process waits for even when it is told to end."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        with warnings.catch_warnings():
            # Of threads: the child takes no lock that another could hold, and runs nothing else of Python.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _be_child(folder)
        _, status = os.waitpid(child, 0)
        if status:
            # It failed or was killed. What it did not commit is not done; the rest says here what is wrong.
            _commit_and_finish(folder)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be_child(folder: Path) -> None:
    code = 1
    try:
        os.setsid()
        _commit_and_finish(folder)
        code = 0
    finally:
        os._exit(code)


def _commit_and_finish(folder: Path) -> None:
    if not (folder / COMMITTED).exists() and (folder / PREPARED).exists():
        (folder / PREPARED).rename(folder / COMMITTED)
    if (folder / COMMITTED).exists():
        _finish(folder)


def _finish(folder: Path) -> None:
    """Brings about what was committed, as often as it takes. What somebody changed since is left alone."""
    committed = folder / COMMITTED
    journal: dict[str, Any] = json.loads((committed / _JOURNAL).read_text(encoding="utf-8"))
    for path in journal["written"]:
        new = committed / _FILES / path
        if new.exists() and digest(folder / path) == journal["replaced"][path]:
            _replace(new, folder / path)
    for path in journal["removed"]:
        if digest(folder / path) in (journal["replaced"][path], None):
            _remove(folder, path)
    _discard(committed)


def _replace(new: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        new.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:  # a part of the tree may be a link to another file system
            raise
        atomic_files.replace(path, new.read_bytes())
        new.unlink()


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink(missing_ok=True)
    for parent in (folder / path).relative_to(folder).parents:
        if parent == Path():
            break
        with contextlib.suppress(OSError):
            (folder / parent).rmdir()


def _discard(committed: Path) -> None:
    """Removes what was committed, under another name: without its note it could not be finished."""
    done = committed.with_name(PREPARED)
    shutil.rmtree(done, ignore_errors=True)
    committed.rename(done)
    shutil.rmtree(done)
