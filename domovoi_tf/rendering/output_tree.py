"""Writes the rendered tree. Files that domovoi-tf did not write, or that were edited, are left alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from domovoi_tf import __version__
from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.git_attributes import ATTRIBUTES
from domovoi_tf.rendering.manifest import (
    MANIFEST,
    Manifest,
    read_manifest,
    require_known_format,
    serialize_manifest,
)
from domovoi_tf.rendering.merged_files import is_merge
from domovoi_tf.synthesis.addresses import Block
from domovoi_tf.system import folder_transaction
from domovoi_tf.system.journal import JournalError
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.records import Record
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.trace_log import log
from domovoi_tf.system.tree_paths import find_link

if TYPE_CHECKING:
    from domovoi_tf.rendering.templates import RenderedFile

#: The file of ``moved`` blocks.
MOVED = "app/moved.tf"
_NONE: Mapping[str, Any] = MappingProxyType({})


class Changes(Record):
    """The changes that writing would make. Paths are relative to the output folder.

    Args:
        written: the files to write.
        removed: the files to remove.
        conflicts: those of them that were edited.
        manifest: the new manifest.
        previous: the manifest of the tree as it is.
        is_manifest_stale: whether the file of the manifest differs in more than the version.
        shared: the files of ``app/`` that would change for other stages too, which were not rendered.
    """

    written: tuple[RenderedFile, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    manifest: Manifest
    previous: Manifest
    is_manifest_stale: bool = False
    shared: tuple[str, ...] = ()

    @property
    def stale(self) -> list[str]:
        """The sorted paths of the files to write or to remove, except for those about the tree itself."""
        return sorted({*(file.path for file in self.written), *self.removed} - {ATTRIBUTES})

    @property
    def outdated(self) -> list[str]:
        """The stale files; if there are none, those about the tree itself, as after a merge."""
        return self.stale or [*(f.path for f in self.written), *[MANIFEST] * self.is_manifest_stale]


def compare_tree(
    folder: Path,
    files: Iterable[RenderedFile],
    stages: Collection[str],
    addresses: Mapping[str, Block] = _NONE,
    moves: Mapping[str, str] = _NONE,
    previous: Manifest | None = None,
) -> Changes:
    """Returns the changes that writing the files would make.

    Args:
        folder: the output folder, which need not exist.
        files: the files of ``app/`` and of some stages.
        stages: the names of these stages. Files of other stages are left alone.
        addresses: the addresses of ``app/`` with the declarations that they stand for.
        moves: the addresses that have changed, with their successors.
        previous: the manifest of the tree (default: read from the folder).

    Raises:
        WriteError: the manifest cannot be read.
    """
    previous = previous or read_manifest(folder)
    files = tuple(file for file in files if file.path != ATTRIBUTES or _is_own(folder, file, previous))
    written = tuple(file for file in files if _read_content(folder / file.path) != file.content)
    rendered = {file.path for file in files}
    folders = ("app/", *(f"stages/{stage}/" for stage in stages))
    known = (path for path in sorted(previous.files) if path.startswith(folders))
    removed = tuple(path for path in known if path not in rendered)
    conflicts = [file.path for file in written if _is_edited(folder, file.path, previous, file.content)]
    conflicts += [path for path in removed if _is_edited(folder, path, previous)]
    digests = {path: digest for path, digest in previous.files.items() if path not in removed}
    digests |= {file.path: _compute_digest(file.content) for file in files}
    manifest = Manifest(digests, __version__, addresses, moves, previous.bytecode)
    shared = tuple(_find_shared_changes(previous, files, removed, previous.stages.difference(stages)))
    recorded = _read_content(folder / MANIFEST)
    is_stale = not recorded or recorded != serialize_manifest(replace(manifest, version=previous.version))
    return Changes(written, removed, tuple(sorted(conflicts)), manifest, previous, is_stale, shared)


def compare_moves(folder: Path, files: Iterable[RenderedFile], moves: Mapping[str, str]) -> Changes:
    """Returns the changes that writing ``app/moved.tf`` alone would make.

    Args:
        folder: the output folder.
        files: the file; none if there are no moves.
        moves: the addresses that have changed, with their successors.

    Raises:
        WriteError: the manifest cannot be read.
    """
    previous, files = read_manifest(folder), tuple(files)
    removed = (MOVED,) if MOVED in previous.files and not files else ()
    conflicts = (MOVED,) if _is_edited(folder, MOVED, previous) else ()
    digests = {path: digest for path, digest in previous.files.items() if path not in removed}
    digests |= {file.path: _compute_digest(file.content) for file in files}
    return Changes(files, removed, conflicts, replace(previous, files=digests, moves=moves), previous, True)


def write_changes(folder: Path, changes: Changes, force: bool = False) -> None:
    """Makes either all of the changes or none.

    Args:
        folder: the output folder, which is created if it does not exist.
        changes: the changes to make.
        force: whether to overwrite files that were edited.

    Raises:
        WriteError: edited files would be overwritten, or the folder cannot be written. Nothing was changed.
    """
    if changes.conflicts and not force:
        names = "\n".join(f"  {folder.name}/{path}" for path in changes.conflicts)
        raise WriteError(
            f"These files were edited, or domovoi-tf did not write them:\n{names}",
            "Move your changes into a file of your own beside them (extra.tf, or main_override.tf), "
            "or overwrite them with --force.",
        )
    contents = {file.path: file.content for file in changes.written}
    if changes.is_manifest_stale or changes.manifest.version != changes.previous.version:
        contents[MANIFEST] = serialize_manifest(changes.manifest)
    if not contents and not changes.removed:
        return
    with _convert_errors(folder):
        _check_writable(folder, changes)
        folder.mkdir(parents=True, exist_ok=True)
        for path in changes.stale:
            log.debug("%s %s", "removes" if path in changes.removed else "writes", folder / path)
        folder_transaction.commit(folder, contents, changes.removed)


@contextlib.contextmanager
def lock_tree(folder: Path, on_wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Locks the tree for this process, after recovering it from an interrupted write.

    Args:
        folder: the output folder, which is created if it does not exist.
        on_wait: called before waiting for another process that has the lock.

    Raises:
        WriteError: the folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        with _convert_errors(folder):
            stack.enter_context(folder_transaction.lock_folder(folder, on_wait))
        yield


def recover_tree(folder: Path) -> None:
    """Completes or undoes an interrupted write, so that the tree can be read.

    Args:
        folder: the output folder, which need not exist.

    Raises:
        WriteError: the folder cannot be written, or the tree is of a newer format.
    """
    require_known_format(folder)
    with _convert_errors(folder):
        folder_transaction.recover(folder)


def require_complete_tree(folder: Path, stage: str) -> None:
    """Checks that the tree is whole and of a known format, without changing anything.

    Args:
        folder: the output folder, which need not exist.
        stage: the stage whose files are needed.

    Raises:
        WriteError: some files may be old, because a command was interrupted, or the format is newer.
    """
    require_known_format(folder)
    if message := describe_interruption(folder):
        raise WriteError(message, f"Run `{spell('render', stage)}`, which finishes this.")


def describe_interruption(folder: Path) -> str:
    """Returns a message if a command was interrupted while it wrote the tree, otherwise an empty string.

    Args:
        folder: the output folder, which need not exist.
    """
    if not folder_transaction.is_interrupted(folder):
        return ""
    return f"A command was interrupted while it wrote {folder}: some of the files may be old."


@contextlib.contextmanager
def _convert_errors(folder: Path) -> Iterator[None]:
    committed = folder / folder_transaction.COMMITTED
    try:
        yield
    except OSError as error:
        is_left = folder_transaction.is_interrupted(folder)
        raise WriteError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            "Make the folder writable, or choose another one with --out."
            + (f" Then repeat the command: it finishes the change in {committed}." if is_left else ""),
        ) from None
    except JournalError as error:
        raise WriteError(
            f"A command was interrupted while it wrote {folder}, and the rest of its change, "
            f"{committed}, is not usable: {error}.",
            f"Nothing was changed. Remove {committed}: it contains only copies of rendered files. Then "
            f"run `{spell('render --force')}`, which writes the files again; it also overwrites those that "
            "you edited.",
        ) from None


def _find_shared_changes(
    manifest: Manifest, files: Iterable[RenderedFile], removed: Iterable[str], others: Collection[str]
) -> list[str]:
    """Returns the files of ``app/``, except for modules, that change for other stages of the tree too.

    The last rendering counts, not the disk: editing or losing a file does not change the app.
    """
    if not others:
        return []
    updated = (f.path for f in files if _compute_digest(f.content) not in manifest.list_digests(f.path))
    shared = (path for path in (*updated, *removed) if path.startswith("app/"))
    return sorted(path for path in shared if not path.startswith("app/modules/"))


def _read_content(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return read_regular_file(path)
    return None


def _is_edited(folder: Path, path: str, manifest: Manifest, rendered: bytes = b"") -> bool:
    if (content := _read_content(folder / path)) is None:
        return os.path.lexists(folder / path)
    if _compute_digest(content) in manifest.list_digests(path):
        return False
    digests = manifest.others.get(path)
    return not digests or not is_merge(folder / path, content, rendered, digests)


def _is_own(folder: Path, file: RenderedFile, manifest: Manifest) -> bool:
    """Whether a file is missing, or as it was or would be rendered."""
    return _read_content(folder / file.path) == file.content or not _is_edited(folder, file.path, manifest)


def _compute_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_writable(folder: Path, changes: Changes) -> None:
    """Raises an error before the first write if a path has the wrong type or a folder is not writable.

    Raises:
        WriteError: a folder on the way is a link.
        OSError: a folder has the place of a file, or the reverse, or a folder is not writable.
    """
    for path in [*changes.stale, MANIFEST]:
        if link := find_link(folder, path):
            raise WriteError(
                f"{link} is a link: domovoi-tf would write out of {folder}.",
                "Replace it by a folder, or choose another place for the whole tree with --out.",
            )
        if (folder / path).is_dir():
            raise IsADirectoryError(21, "it is a folder", str(folder / path))
    for parent in sorted({(folder / path).parent for path in [*changes.stale, MANIFEST]}):
        existing = next(folder for folder in (parent, *parent.parents) if folder.exists())
        if not existing.is_dir():
            raise NotADirectoryError(20, "it is not a folder", str(existing))
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied", str(existing))
