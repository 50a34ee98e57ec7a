"""Watches the files of a project, and reports each save, checkout or removal as one change.

The operating system only wakes the watch. A change is the difference between two listings of the files, so
that a file that an editor writes and removes again is none, and a lost event does no harm.

https://watchfiles.helpmanual.io/api/watch/
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.loading.project_modules import NOT_SOURCE
from domovoi_tf.system.distribution.install_command import build_install_command

#: Files by which a folder is a virtual environment or rendered Terraform.
_MARKERS = ("pyvenv.cfg", ".domovoi-tf.json")
_CONFIGURATION_FOLDER = ".chalice"
#: Folders in the project that the app does not read; hidden folders are ignored too.
_OTHER_FOLDERS = frozenset({"terraform", "tests"})
#: Files that editors write for a moment or beside the source, and logs and databases of programs that run.
_TEMPORARY = re.compile(
    r".*___jb_(?:tmp|old)___|\.goutputstream-.*|\..*\.kate-swp|flycheck_.*|4913"
    r"|.*\.(?:log|pid|sqlite3?|db)(?:-(?:wal|shm|journal))?"
)
_CONFIGURATION = re.compile(
    r"\.chalice/.*|requirements[^/]*|pyproject\.toml|(?:uv|poetry|pdm)\.lock|Pipfile\.lock|pylock[^/]*\.toml"
    r"|(?:.*/)?[^/]*\.asl\.json"
)
#: Milliseconds between two looks at the events, and without an event, after which they are reported.
_STEP_MS = 50
#: Seconds for which files must stay gone or empty, because `rm -r` and `git checkout` may bring them back.
_RETURN_SECONDS = 0.5
#: More changed files than this are the work of a program, and must stay as they are for so many seconds.
_MANY, _MANY_SECONDS = 20, 0.2
#: Seconds after which files are reported that a program goes on writing, and the age of an old lock of git.
_PATIENCE = 10.0
#: Seconds between two listings of files that may not be complete.
_PAUSE = 0.05

_Files = Mapping[str, tuple[int, int, int]]


class Changes(NamedTuple):
    """Files that were saved, created or removed together.

    Args:
        code: whether modules or data files are among them.
        configuration: whether files are among them that only configure or declare, such as requirements.
        paths: their paths, sorted.
    """

    code: bool
    configuration: bool
    paths: tuple[Path, ...]


class _Listing(NamedTuple):
    """The files of a project with their time of modification, size and inode, and its folders."""

    files: _Files
    folders: tuple[str, ...]


def watch(project: Path, stop: asyncio.Event) -> AsyncIterator[Changes]:
    """Returns an iterator over the changes of a project's files since the call.

    A change is reported once nothing follows it: usually after 0.1 seconds. Files that vanish have half a
    second to come back, and git has the time that it needs.

    Args:
        project: the project's folder.
        stop: ends the iterator when it is set.

    Raises:
        DomovoiError: watchfiles is not installed, or the operating system refuses to watch so many folders.
            The iterator raises it.
    """
    return _watch(project, stop, _list_files(project))


async def _watch(project: Path, stop: asyncio.Event, before: _Listing) -> AsyncIterator[Changes]:
    git = _find_git_folder(project)
    while not stop.is_set():
        async with _wait_for_events(before.folders, stop) as events:
            while True:
                after = await _settle(project, before, git)
                if changes := _compare(project, before, after):
                    yield changes
                is_moved, before = after.folders != before.folders, after
                # New folders are listed again once they are watched, because events were lost meanwhile.
                if is_moved or not await events.wait():
                    break


class _Events:
    """Wakes its reader after events of the operating system."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()
        self._error: BaseException | None = None
        self._has_ended = False

    def report(self) -> None:
        """Wakes the reader."""
        self._happened.set()

    def end(self, task: asyncio.Task[None]) -> None:
        """Wakes the reader because no further events will come."""
        self._error = None if task.cancelled() else task.exception()
        self._has_ended = True
        self._happened.set()

    async def wait(self) -> bool:
        """Waits for events, and returns whether there may be more."""
        await self._happened.wait()
        if self._error:
            raise self._error
        if not self._has_ended:
            self._happened.clear()
        return not self._has_ended


@contextlib.asynccontextmanager
async def _wait_for_events(folders: tuple[str, ...], stop: asyncio.Event) -> AsyncIterator[_Events]:
    """Watches folders, but not those in them, while the block runs. Those that are gone are left out."""
    events, ended = _Events(), asyncio.Event()
    task = asyncio.create_task(_report_events(folders, events, ended))
    task.add_done_callback(events.end)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: ended.set())
    try:
        await asyncio.sleep(0)  # the task's first step opens the watch
        yield events
    finally:
        ended.set()
        stopping.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)


async def _report_events(folders: tuple[str, ...], events: _Events, ended: asyncio.Event) -> None:
    try:
        from watchfiles import awatch
    except ImportError:
        message = "Watching files needs the package watchfiles, which is not installed."
        raise DomovoiError(message, f"Run `{build_install_command('local')}`.") from None
    try:
        async for _ in awatch(
            *filter(Path.is_dir, map(Path, folders)),
            watch_filter=lambda _, path: not _is_temporary(Path(path).name),
            step=_STEP_MS,
            stop_event=ended,
            recursive=False,
            ignore_permission_denied=True,
        ):
            events.report()
    except FileNotFoundError:  # a folder vanished after it was listed
        return
    except (OSError, RuntimeError) as error:
        reason = str(error).partition(" about ")[0].rstrip(".")
        raise DomovoiError(
            f"The operating system cannot watch the {len(folders)} folders of the project: {reason}.",
            "On Linux, allow more with `sudo sysctl fs.inotify.max_user_watches=524288 "
            "fs.inotify.max_user_instances=512`, or set WATCHFILES_FORCE_POLLING=true.",
        ) from None


async def _settle(project: Path, before: _Listing, git: Path | None) -> _Listing:
    """Lists the files once whoever changes them seems to be done."""
    latest = await asyncio.to_thread(_list_files, project)
    start = since = time.monotonic()
    while latest != before:
        now = time.monotonic()
        is_quiet = now - since >= _choose_quiet_time(before.files, latest.files)
        if (is_quiet and not _is_git_busy(git)) or now - start >= _PATIENCE:
            break
        await asyncio.sleep(_PAUSE)
        previous, latest = latest, await asyncio.to_thread(_list_files, project)
        since = since if latest == previous else time.monotonic()
    return latest


def _choose_quiet_time(before: _Files, after: _Files) -> float:
    """Returns for how many seconds files must stay as they are to be complete."""
    if any(path not in after or (before[path][1] and not after[path][1]) for path in before):
        return _RETURN_SECONDS
    return _MANY_SECONDS if len(after.items() - before.items()) > _MANY else 0


def _compare(project: Path, before: _Listing, after: _Listing) -> Changes | None:
    names = sorted({path for path, _ in before.files.items() ^ after.files.items()})
    if not names:
        return None
    kinds = {bool(_CONFIGURATION.fullmatch(name)) for name in names}
    return Changes(False in kinds, True in kinds, tuple(project / name for name in names))


def _list_files(project: Path) -> _Listing:
    """Lists the files that the app may read, without those of tools, and the folders that contain them."""
    files: dict[str, tuple[int, int, int]] = {}
    outputs = _find_outputs()
    folders, seen = [], set()
    pending = [(str(project), "")]
    while pending:
        folder, inside = pending.pop()
        real = os.path.realpath(folder)
        children = _list_children(folder)
        if real in seen or any(each.name in _MARKERS for each in children):
            continue
        seen.add(real)
        folders.append(folder)
        for each in children:
            name = inside + each.name
            with contextlib.suppress(OSError):  # removed meanwhile
                if each.is_dir():
                    if not _is_foreign(each.name, name):
                        pending.append((each.path, f"{name}/"))
                elif not _is_temporary(each.name):
                    status = each.stat()
                    if (status.st_dev, status.st_ino) in outputs:
                        continue
                    files[name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return _Listing(files, tuple(sorted(folders)))


def _find_outputs() -> set[tuple[int, int]]:
    """Returns the device and inode of the files to which the output goes: lines about saves change them."""
    outputs = set()
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):  # it is closed
            status = os.fstat(descriptor)
            outputs.add((status.st_dev, status.st_ino))
    return outputs


def _list_children(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda each: each.name)
    except OSError:
        return []


def _is_foreign(name: str, inside: str) -> bool:
    """Returns whether a folder is a tool's own, or has tests or rendered Terraform."""
    if inside == _CONFIGURATION_FOLDER:
        return False
    return (
        name.startswith(".")
        or name == "node_modules"
        or inside in _OTHER_FOLDERS
        or inside.startswith(f"{_CONFIGURATION_FOLDER}/")  # of Chalice: packages and records
        or bool(NOT_SOURCE.fullmatch(name))
    )


def _is_temporary(name: str) -> bool:
    return bool(NOT_SOURCE.fullmatch(name) or _TEMPORARY.fullmatch(name))


def _find_git_folder(project: Path) -> Path | None:
    """Returns the folder in which git locks the index of the project's work tree.

    https://git-scm.com/docs/gitrepository-layout
    """
    for folder in (project.resolve(), *project.resolve().parents):
        git = folder / ".git"
        if git.is_dir():
            return git
        with contextlib.suppress(OSError, ValueError):
            text = git.read_text()
            return folder / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None
    return None


def _is_git_busy(git: Path | None) -> bool:
    """Returns whether git changes the work tree, unless its lock is one that a killed git has left."""
    if git is None:
        return False
    try:
        return time.time() - (git / "index.lock").stat().st_mtime < _PATIENCE
    except OSError:
        return False
