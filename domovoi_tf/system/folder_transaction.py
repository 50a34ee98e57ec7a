"""Changes the files of a folder all at once or not at all, even if the process is killed.

The new files are first written to a separate folder beside the old ones, with a journal of the files to
replace. Renaming that folder commits the change. A child process, which does not get the terminal's signals,
then moves the files into place. If the child is killed too, the next command finishes the change.

Each step is on the disk before the next one begins: a power failure leaves the old files, or a change that
can be finished.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from domovoi_tf.system import atomic_files, durable
from domovoi_tf.system.journal import (
    FileChange,
    hash_file,
    locate_content,
    locate_journal,
    read_journal,
    serialize_journal,
)
from domovoi_tf.system.tree_paths import find_link

#: The folder of the new files and the journal, before and after the commit.
PREPARED, COMMITTED = ".domovoi-tf.new", ".domovoi-tf.committed"


@contextlib.contextmanager
def lock_folder(folder: Path, on_wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Locks a folder against changes by other processes, and recovers an interrupted change.

    Args:
        folder: created if it is missing.
        on_wait: called if another process holds the lock.

    Raises:
        OSError: the folder cannot be created, read or changed.
        JournalError: an interrupted change cannot be finished. Nothing was changed.

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


def is_interrupted(folder: Path) -> bool:
    """Whether a change was committed but not finished, so that some files may be old.

    Args:
        folder: need not exist.
    """
    return os.path.lexists(folder / COMMITTED)


def recover(folder: Path) -> None:
    """Finishes an interrupted change that was committed, or removes one that was not.

    Args:
        folder: need not exist.

    Raises:
        OSError: the folder cannot be changed.
        JournalError: the change cannot be finished. Nothing was changed.
    """
    if any(os.path.lexists(folder / name) for name in (PREPARED, COMMITTED)):
        with lock_folder(folder):
            pass


def commit(folder: Path, written: Mapping[str, bytes], removed: Iterable[str]) -> None:
    """Replaces and removes files, all or none, and removes folders that become empty.

    Args:
        folder: an existing folder that the caller has locked with `lock_folder`.
        written: content of the files, by path relative to the folder; the last file is replaced last.
        removed: paths of the files to remove.

    Raises:
        OSError: a file cannot be written or is behind a link, and none was changed; or a file cannot be
            replaced after the commit, and `recover` finishes the change later.
    """
    try:
        _prepare(folder, written, tuple(removed))
        _commit_in_child(folder)
    except BaseException:
        shutil.rmtree(folder / PREPARED, ignore_errors=True)
        raise


def _acquire_lock(lock: int, on_wait: Callable[[], object]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait()
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        return  # some network file systems cannot lock folders: a single user there needs no lock


def _recover_locked(folder: Path) -> None:
    if is_interrupted(folder):
        _finish(folder)
    _discard(folder / PREPARED)


def _discard(prepared: Path) -> None:
    if prepared.is_symlink() or prepared.is_file():
        prepared.unlink()
    shutil.rmtree(prepared, ignore_errors=True)


def _prepare(folder: Path, written: Mapping[str, bytes], removed: tuple[str, ...]) -> None:
    for path in (*written, *removed):
        if link := find_link(folder, path):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(link))
    prepared = folder / PREPARED
    _discard(prepared)
    new_files = [locate_content(prepared, number) for number in range(len(written))]
    locate_content(prepared, 0).parent.mkdir(parents=True)
    for new, content in zip(new_files, written.values(), strict=True):
        new.write_bytes(content)
    changes = [
        *(
            FileChange(path, hash_file(folder / path), hashlib.sha256(content).hexdigest())
            for path, content in written.items()
        ),
        *(FileChange(path, hash_file(folder / path), None) for path in removed),
    ]
    journal = locate_journal(prepared)
    journal.write_bytes(serialize_journal(changes))
    durable.sync_files([*new_files, journal])
    durable.sync_folders([locate_content(prepared, 0).parent, prepared])


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
    if not is_interrupted(folder) and locate_journal(folder / PREPARED).exists():
        (folder / PREPARED).rename(folder / COMMITTED)
        durable.sync_folders([folder])
    if is_interrupted(folder):
        _finish(folder)
    shutil.rmtree(folder / PREPARED, ignore_errors=True)


def _finish(folder: Path) -> None:
    """Moves the committed files into place; safe to repeat. Keeps files that were edited after the commit."""
    committed = folder / COMMITTED
    changes = read_journal(committed).changes
    _create_folders(folder, changes)
    for number, change in enumerate(changes):
        path, new = folder / change.path, locate_content(committed, number)
        if change.new is None:
            if not os.path.lexists(path) or hash_file(path) == change.old:
                _remove_file(folder, change.path)
        elif new.exists() and hash_file(path) == change.old:
            _move_file(new, path)
    _sync_changes(folder, changes)
    _remove_committed(committed)


def _create_folders(folder: Path, changes: Iterable[FileChange]) -> None:
    """Creates the folders of new files, and writes their names to the disk before files are moved there."""
    parents = {parent for change in changes if change.new is not None for parent in Path(change.path).parents}
    new = [folder / parent for parent in sorted(parents) if not (folder / parent).exists()]
    for path in new:
        path.mkdir(exist_ok=True)
    durable.sync_folders({path.parent for path in new})


def _sync_changes(folder: Path, changes: Iterable[FileChange]) -> None:
    """Writes the names of moved and removed files to the disk: the journal goes next."""
    parents = {parent for change in changes for parent in Path(change.path).parents}
    durable.sync_folders(folder / parent for parent in sorted(parents, reverse=True))


def _move_file(new: Path, path: Path) -> None:
    try:
        new.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:  # another file system may be mounted at a subfolder
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
    _discard(finished)
    committed.rename(finished)
    durable.sync_folders([finished.parent])
    shutil.rmtree(finished)
