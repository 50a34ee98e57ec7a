"""Changes the files of a folder all at once or not at all, even if the process is killed.

The new files are first written to a separate folder beside the old ones, with a journal of the files to
replace. Renaming that folder commits the change. A child process, which does not get the terminal's signals,
then moves the files into place. If the child is killed too, the next command finishes the change.
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

#: The folder of the new files and the journal, before and after the commit.
PREPARED, COMMITTED = ".domovoi-tf.new", ".domovoi-tf.committed"
_JOURNAL = "journal.json"
_FILES = "files"


@contextlib.contextmanager
def lock_folder(folder: Path, on_wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Locks a folder against changes by other processes, and recovers an interrupted change.

    Args:
        folder: created if it is missing.
        on_wait: called if another process holds the lock.

    Raises:
        OSError: the folder cannot be created, read or changed.

    https://man7.org/linux/man-pages/man2/flock.2.html
    """
    with contextlib.suppress(FileExistsError):  # if it is a file, opening it as a folder fails
        folder.mkdir(parents=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _acquire_lock(lock, on_wait)
        _recover_locked(folder)
        yield
    finally:
        os.close(lock)


def recover(folder: Path) -> None:
    """Finishes an interrupted change that was committed, or removes one that was not.

    Args:
        folder: need not exist.

    Raises:
        OSError: the folder cannot be changed.
    """
    if any((folder / name).exists() for name in (PREPARED, COMMITTED)):
        with lock_folder(folder):
            pass


def commit(folder: Path, written: Mapping[str, bytes], removed: Iterable[str]) -> None:
    """Replaces and removes files, all or none, and removes folders that become empty.

    Args:
        folder: an existing folder that the caller has locked with `lock_folder`.
        written: content of the files, by path relative to the folder; the last file is replaced last.
        removed: paths of the files to remove.

    Raises:
        OSError: a file cannot be written, and none was changed; or a file cannot be replaced after the
            commit, and `recover` finishes the change later.
    """
    try:
        _prepare(folder, written, tuple(removed))
        _commit_in_child(folder)
    except BaseException:
        shutil.rmtree(folder / PREPARED, ignore_errors=True)
        raise


def hash_file(path: Path) -> str | None:
    """Returns the SHA-256 digest of a file as hexadecimal digits; None if the file cannot be read."""
    with contextlib.suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _acquire_lock(lock: int, on_wait: Callable[[], object]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait()
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        return  # some network file systems cannot lock folders: a single user there needs no lock


def _recover_locked(folder: Path) -> None:
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
    replaced = {path: hash_file(folder / path) for path in (*written, *removed)}
    journal = {"written": list(written), "removed": list(removed), "replaced": replaced}
    (prepared / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")


def _commit_in_child(folder: Path) -> None:
    """Commits the change in a child process, and waits for it even if this process gets a signal to end."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        with warnings.catch_warnings():
            # Python warns about forking with threads: the child takes no lock that a thread could hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _run_child(folder)
        _, status = os.waitpid(child, 0)
        if status:
            # The child failed or was killed: do it here, to finish the change or to raise the error.
            _commit_prepared(folder)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run_child(folder: Path) -> None:
    code = 1
    try:
        os.setsid()
        _commit_prepared(folder)
        code = 0
    finally:
        os._exit(code)


def _commit_prepared(folder: Path) -> None:
    # A folder without a journal was committed already: the child was killed while it deleted it.
    if not (folder / COMMITTED).exists() and (folder / PREPARED / _JOURNAL).exists():
        (folder / PREPARED).rename(folder / COMMITTED)
    if (folder / COMMITTED).exists():
        _finish(folder)
    shutil.rmtree(folder / PREPARED, ignore_errors=True)


def _finish(folder: Path) -> None:
    """Moves the committed files into place; safe to repeat. Keeps files that were edited after the commit."""
    committed = folder / COMMITTED
    journal: dict[str, Any] = json.loads((committed / _JOURNAL).read_text(encoding="utf-8"))
    for path in journal["written"]:
        new = committed / _FILES / path
        if new.exists() and hash_file(folder / path) == journal["replaced"][path]:
            _move_file(new, folder / path)
    for path in journal["removed"]:
        if hash_file(folder / path) in (journal["replaced"][path], None):
            _remove_file(folder, path)
    _remove_committed(committed)


def _move_file(new: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        new.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:  # a subfolder may be a link to another file system
            raise
        atomic_files.replace_file(path, new.read_bytes())
        new.unlink()


def _remove_file(folder: Path, path: str) -> None:
    (folder / path).unlink(missing_ok=True)
    for parent in (folder / path).relative_to(folder).parents:
        if parent == Path():
            break
        with contextlib.suppress(OSError):
            (folder / parent).rmdir()


def _remove_committed(committed: Path) -> None:
    """Removes the folder of a finished change.

    The folder is renamed first: if its removal is interrupted, it must not look like a committed change that
    has lost its journal.
    """
    finished = committed.with_name(PREPARED)
    shutil.rmtree(finished, ignore_errors=True)
    committed.rename(finished)
    shutil.rmtree(finished)
