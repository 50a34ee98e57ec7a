"""Writes the rendered tree. Files that domovoi-tf did not write, or that were edited, are left alone."""

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
    """A record of the rendered files with their SHA-256, and of the fingerprint of the source of ``app/``."""

    files: Mapping[str, str]
    source: str = ""

    @property
    def stages(self) -> set[str]:
        """The names of the stages in the tree."""
        return {path.split("/")[1] for path in self.files if _is_stage_file(path)}


@dataclass(frozen=True)
class Changes:
    """The changes that writing would make. Paths are relative to the output folder."""

    written: tuple[RenderedFile, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    manifest: Manifest

    @property
    def stale(self) -> list[str]:
        """The sorted paths of the files to write or to remove."""
        return sorted({*(file.path for file in self.written), *self.removed})


def compare_tree(
    folder: Path, files: Iterable[RenderedFile], stages: Collection[str], source: str
) -> Changes:
    """Returns the changes that writing the files would make.

    Args:
        folder: the output folder, which need not exist.
        files: the files of ``app/`` and of some stages.
        stages: the names of these stages. Files of other stages are left alone.
        source: the fingerprint of the app's source.

    Raises:
        WriteError: the manifest cannot be read; or files in ``app/``, which all stages share, would change
            although the source is the same, which would break another stage.
    """
    manifest = _forget_removed_stages(_read_manifest(folder), folder)
    files = tuple(files)
    written = tuple(file for file in files if _read_content(folder / file.path) != file.content)
    rendered = {file.path for file in files}
    folders = ("app/", *(f"stages/{stage}/" for stage in stages))
    removed = tuple(
        path for path in sorted(manifest.files) if path.startswith(folders) and path not in rendered
    )
    _check_shared_app(manifest, files, removed, stages, source)
    conflicts = [file.path for file in written if _is_edited(folder, file.path, manifest)]
    conflicts += [path for path in removed if _is_edited(folder, path, manifest)]
    digests = {path: digest for path, digest in manifest.files.items() if path not in removed}
    digests |= {file.path: _compute_digest(file.content) for file in files}
    new_manifest = Manifest(dict(sorted(digests.items())), source)
    return Changes(written, removed, tuple(sorted(conflicts)), new_manifest)


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
    if (manifest := _serialize_manifest(changes.manifest)) != _read_content(folder / MANIFEST):
        contents[MANIFEST] = manifest
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
        WriteError: the folder cannot be written.
    """
    with _convert_errors(folder):
        folder_transaction.recover(folder)


@contextlib.contextmanager
def _convert_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            "Make the folder writable, or choose another one with --out.",
        ) from None


def compute_fingerprint(project: Path, app_name: str, files: Iterable[str] = ()) -> str:
    """Returns a digest of everything that ``app/`` depends on: this version, the app's name and its source.

    Args:
        project: the project's folder.
        app_name: the app's name, which is the same in every stage.
        files: the paths of other files that the app reads, relative to the project.
    """
    digest = hashlib.sha256(f"{__version__}\0{app_name}\0".encode())
    library_files = [path for name in WHOLE_FOLDERS for path in (project / name).rglob("*")]
    paths = {
        *find_project_modules(project),
        *library_files,
        *(project / "vendor").rglob("*.py"),
        *(project / name for name in files),
    }
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".pyc"):
        digest.update(f"{os.path.relpath(path, project)}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read_manifest(folder: Path) -> Manifest:
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


def _forget_removed_stages(manifest: Manifest, folder: Path) -> Manifest:
    """Returns the manifest without the stages whose folders have been removed."""
    stages = {
        path.split("/")[1] for path in manifest.files if _is_stage_file(path) and (folder / path).exists()
    }
    files = {
        path: digest
        for path, digest in manifest.files.items()
        if not _is_stage_file(path) or path.split("/")[1] in stages
    }
    return Manifest(files, manifest.source)


def _is_stage_file(path: str) -> bool:
    return path.startswith("stages/")


def _check_shared_app(
    manifest: Manifest,
    files: Iterable[RenderedFile],
    removed: Iterable[str],
    stages: Collection[str],
    source: str,
) -> None:
    others = manifest.stages.difference(stages)
    # Compares with the last rendering, not with the disk: editing or losing a file does not change the app.
    updated = (file.path for file in files if manifest.files.get(file.path) != _compute_digest(file.content))
    changed = [path for path in (*updated, *removed) if _is_app_file(path, manifest)]
    if others and changed and manifest.source == source:
        stage, other = min(stages), min(others)
        raise WriteError(
            f"Rendering the stage {stage!r} would change files in app/ that the stage {other!r} uses too, "
            f"although the source has not changed: {', '.join(sorted(changed))}.",
            "An argument of a decorator depends on the stage's environment variables: use variable() or "
            f"scoped() there. To see which one, run `domovoi-tf render --stage {other} --stage {stage}`.",
        )


def _is_app_file(path: str, manifest: Manifest) -> bool:
    """Whether a path is a file of ``app/`` that was rendered before and is not part of a copied module."""
    return path in manifest.files and path.startswith("app/") and not path.startswith("app/modules/")


def _read_content(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return None


def _is_edited(folder: Path, path: str, manifest: Manifest) -> bool:
    content = _read_content(folder / path)
    return content is not None and _compute_digest(content) != manifest.files.get(path)


def _compute_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_writable(folder: Path, changes: Changes) -> None:
    """Raises an error before the first write if a path has the wrong type or a folder is not writable."""
    for path in changes.stale:
        if (folder / path).is_dir():
            raise IsADirectoryError(21, "it is a folder", str(folder / path))
    for parent in sorted({(folder / path).parent for path in [*changes.stale, MANIFEST]}):
        existing = next(folder for folder in (parent, *parent.parents) if folder.exists())
        if not existing.is_dir():
            raise NotADirectoryError(20, "it is not a folder", str(existing))
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied", str(existing))


def _serialize_manifest(manifest: Manifest) -> bytes:
    document = {"files": manifest.files, "source": manifest.source}
    return (json.dumps(document, indent=1) + "\n").encode()
