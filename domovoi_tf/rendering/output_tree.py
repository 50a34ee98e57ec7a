"""Writes the rendered tree without losing anybody's work: what the tool did not write, it does not touch."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from domovoi_tf import __version__
from domovoi_tf.errors import WriteError
from domovoi_tf.loading.project_modules import WHOLE_FOLDERS, find_project_modules
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import folder_transaction
from domovoi_tf.system.trace_log import log

MANIFEST = ".domovoi-tf.json"


@dataclass(frozen=True)
class Manifest:
    """What the tool wrote: each file's SHA-256, and the digest of the source that ``app/`` was made from."""

    files: Mapping[str, str]
    source: str = ""

    @property
    def stages(self) -> set[str]:
        """The stages that the tree has."""
        return {path.split("/")[1] for path in self.files if _is_of_stage(path)}


@dataclass(frozen=True)
class Changes:
    """What writing would do, by path below the output folder."""

    written: tuple[RenderedFile, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    manifest: Manifest

    @property
    def stale(self) -> list[str]:
        """The paths that are not as rendered."""
        return sorted({*(file.path for file in self.written), *self.removed})


def compare(folder: Path, files: Iterable[RenderedFile], stages: Collection[str], source: str) -> Changes:
    """Returns what writing the files would change.

    Args:
        folder: the output folder; need not exist.
        files: the files of ``app/`` and of some stages.
        stages: those stages; files of others are left alone.
        source: the digest of the app's source.

    Raises:
        WriteError: the manifest cannot be read, or another stage would be broken: the source is the same,
            yet ``app/``, which all stages share, would change.
    """
    manifest = _without_lost_stages(_read(folder), folder)
    files = tuple(files)
    written = tuple(file for file in files if _content(folder / file.path) != file.content)
    kept = {file.path for file in files}
    own = ("app/", *(f"stages/{stage}/" for stage in stages))
    removed = tuple(path for path in sorted(manifest.files) if path.startswith(own) and path not in kept)
    _same_app(manifest, files, removed, stages, source)
    conflicts = [file.path for file in written if _edited(folder, file.path, manifest)]
    conflicts += [path for path in removed if _edited(folder, path, manifest)]
    digests = {path: digest for path, digest in manifest.files.items() if path not in removed}
    digests |= {file.path: _digest(file.content) for file in files}
    after = Manifest(dict(sorted(digests.items())), source)
    return Changes(written, removed, tuple(sorted(conflicts)), after)


def write(folder: Path, changes: Changes, force: bool = False) -> None:
    """Makes the changes, all of them or none.

    Args:
        folder: the output folder; made if missing.
        changes: what to do.
        force: whether files that somebody edited are overwritten.

    Raises:
        WriteError: somebody's work would be lost, or the folder cannot be written. Then nothing was.
    """
    if changes.conflicts and not force:
        names = "\n".join(f"  {folder.name}/{path}" for path in changes.conflicts)
        raise WriteError(
            f"These files were edited, or were not written by domovoi-tf:\n{names}",
            "Move the edit into a file of your own beside it (extra.tf, or main_override.tf), "
            "or overwrite it with --force.",
        )
    contents = {file.path: file.content for file in changes.written}
    if (manifest := _document(changes.manifest)) != _content(folder / MANIFEST):
        contents[MANIFEST] = manifest
    if not contents and not changes.removed:
        return
    with _writing(folder):
        _check_writable(folder, changes)
        folder.mkdir(parents=True, exist_ok=True)
        for path in changes.stale:
            log.debug("%s %s", "removes" if path in changes.removed else "writes", folder / path)
        folder_transaction.commit(folder, contents, changes.removed)


@contextlib.contextmanager
def exclusive(folder: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Keeps other processes from writing the tree, after what an interrupted one left is in order.

    Args:
        folder: the output folder; made if missing.
        waiting: called where another process is writing, and this one waits.

    Raises:
        WriteError: the folder cannot be written.
    """
    with contextlib.ExitStack() as held:
        with _writing(folder):
            held.enter_context(folder_transaction.lock_folder(folder, waiting))
        yield


def settle(folder: Path) -> None:
    """Makes a tree whole whose writing was interrupted, before it is read.

    Args:
        folder: the output folder; need not exist.

    Raises:
        WriteError: the folder cannot be written.
    """
    with _writing(folder):
        folder_transaction.recover(folder)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            "Make the folder writable, or choose another with --out.",
        ) from None


def fingerprint(project: Path, app_name: str, files: Iterable[str] = ()) -> str:
    """Returns a digest of what ``app/`` is made from: this version, the app's name and its source.

    Args:
        project: the project's folder.
        app_name: the app's name, which every stage shares.
        files: further files that the app is made from, by their paths in the project.
    """
    digest = hashlib.sha256(f"{__version__}\0{app_name}\0".encode())
    own = [path for name in WHOLE_FOLDERS for path in (project / name).rglob("*")]
    paths = {
        *find_project_modules(project),
        *own,
        *(project / "vendor").rglob("*.py"),
        *(project / name for name in files),
    }
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".pyc"):
        digest.update(f"{os.path.relpath(path, project)}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        files = dict(document["files"])
        if any(".." in name.split("/") or name.startswith("/") for name in files):
            raise ValueError
        return Manifest(files, str(document["source"]))
    except FileNotFoundError:
        return Manifest({})
    except (ValueError, KeyError, TypeError):
        raise WriteError(
            f"{path} is not a manifest of domovoi-tf.",
            "Restore it from version control, or remove it and render with --force.",
        ) from None
    except OSError as error:
        raise WriteError(
            f"{path} cannot be read: {error.strerror}.", "Choose another folder with --out."
        ) from None


def _without_lost_stages(manifest: Manifest, folder: Path) -> Manifest:
    """Returns a manifest that has forgotten the stages whose folders somebody removed."""
    there = {path.split("/")[1] for path in manifest.files if _is_of_stage(path) and (folder / path).exists()}
    kept = {
        path: digest
        for path, digest in manifest.files.items()
        if not _is_of_stage(path) or path.split("/")[1] in there
    }
    return Manifest(kept, manifest.source)


def _is_of_stage(path: str) -> bool:
    return path.startswith("stages/")


def _same_app(
    manifest: Manifest,
    files: Iterable[RenderedFile],
    removed: Iterable[str],
    stages: Collection[str],
    source: str,
) -> None:
    others = manifest.stages.difference(stages)
    # Against what was rendered last, not what is on disk: a file edited or lost is no other app.
    differing = (file.path for file in files if manifest.files.get(file.path) != _digest(file.content))
    changed = [path for path in (*differing, *removed) if _of_app(path, manifest)]
    if others and changed and manifest.source == source:
        stage, other = min(stages), min(others)
        raise WriteError(
            f"Rendering stage {stage!r} would change app/, which stage {other!r} uses too, "
            f"although the source is the same: {', '.join(sorted(changed))}.",
            "A decorator's argument depends on the stage's environment variables: use variable() there. "
            f"`domovoi-tf render --stage {other} --stage {stage}` says which.",
        )


def _of_app(path: str, manifest: Manifest) -> bool:
    """Whether the path is one of the app's own files that was rendered before, and no copied module."""
    return path in manifest.files and path.startswith("app/") and not path.startswith("app/modules/")


def _content(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return None


def _edited(folder: Path, path: str, manifest: Manifest) -> bool:
    content = _content(folder / path)
    return content is not None and _digest(content) != manifest.files.get(path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_writable(folder: Path, changes: Changes) -> None:
    """Fails before the first write where a folder is none or cannot be written, or a file is a folder."""
    for path in changes.stale:
        if (folder / path).is_dir():
            raise IsADirectoryError(21, "it is a folder", str(folder / path))
    for parent in sorted({(folder / path).parent for path in [*changes.stale, MANIFEST]}):
        existing = next(above for above in (parent, *parent.parents) if above.exists())
        if not existing.is_dir():
            raise NotADirectoryError(20, "it is not a folder", str(existing))
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied", str(existing))


def _document(manifest: Manifest) -> bytes:
    document = {"files": manifest.files, "source": manifest.source}
    return (json.dumps(document, indent=1) + "\n").encode()
