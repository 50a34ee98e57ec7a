"""The manifest of a rendered tree: the files that domovoi-tf wrote, with their digests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domovoi_tf.errors import WriteError
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.tree_paths import is_inside

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


def serialize_manifest(manifest: Manifest) -> bytes:
    """Returns the content of the file of a manifest."""
    document = {"files": manifest.files, "source": manifest.source}
    return (json.dumps(document, indent=1) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """Returns the manifest of a tree, without the stages whose folders have been removed.

    Args:
        folder: the output folder, which need not exist.

    Raises:
        WriteError: the manifest cannot be read, or names files outside of the folder.
    """
    path = folder / MANIFEST
    try:
        manifest = _parse_manifest(read_regular_file(path))
        if not all(map(is_inside, manifest.files)):
            raise ValueError
        return _forget_removed_stages(manifest, folder)
    except FileNotFoundError:
        return Manifest({})
    except (ValueError, RecursionError):
        raise WriteError(
            f"{path} is not a manifest of domovoi-tf.",
            "Restore it from version control, or remove it and render with --force.",
        ) from None
    except OSError as error:
        raise WriteError(
            f"{path} cannot be read: {error.strerror}.", "Choose another folder with --out."
        ) from None


def _parse_manifest(content: bytes) -> Manifest:
    import msgspec

    @dataclass
    class Document:
        files: dict[str, str]
        source: str

    try:
        document = msgspec.json.decode(content, type=Document)
    except msgspec.DecodeError as error:
        raise ValueError from error
    return Manifest(document.files, document.source)


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
