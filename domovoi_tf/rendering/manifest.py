"""The manifest of a rendered tree: its files with their digests, and what its Terraform addresses stand for.

It is committed with the tree. Each entry has a line of its own, in a fixed order, so that branches merge.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from domovoi_tf import __version__
from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.manifest_parser import Document, parse_manifest
from domovoi_tf.rendering.versions import suggest_version
from domovoi_tf.synthesis.addresses import Block
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.records import Record
from domovoi_tf.system.tree_paths import is_inside

MANIFEST = ".domovoi-tf.json"
#: The format of the manifest and of the tree. That of 0.1.0 has no number. A tool refuses a newer one.
FORMAT = 2


class Manifest(Record):
    """A record of a rendered tree.

    Args:
        files: the rendered files with their SHA-256.
        version: the version of domovoi-tf that rendered the tree; empty if it is not known, as for 0.1.0.
        addresses: the addresses of ``app/``, with the declaration that each stands for.
        moves: the addresses that have changed, with their successors, while a state may have the old ones.
        bytecode: the release of Python that compiles the packages, or ``none``, by the version of Python.
        others: the digests that other branches have for a file, if a merge left several.
    """

    files: Mapping[str, str]
    version: str = ""
    addresses: Mapping[str, Block] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    bytecode: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def stages(self) -> set[str]:
        """The names of the stages in the tree."""
        return {path.split("/")[1] for path in self.files if _is_stage_file(path)}

    def list_digests(self, path: str) -> frozenset[str]:
        """Returns the digests of a file: none if it was not rendered, several after a merge."""
        return self.others.get(path) or frozenset([self.files[path]] if path in self.files else [])


def serialize_manifest(manifest: Manifest) -> bytes:
    """Returns the content of the file of a manifest: JSON with one entry a line, sorted."""
    sections = {
        "rendered": manifest.files,
        # The fields of a block are plain values, which need no copies.
        "addresses": {address: vars(block) for address, block in manifest.addresses.items()},
        "moves": manifest.moves,
    }
    if manifest.bytecode:
        sections["bytecode"] = manifest.bytecode
    parts = [f' "format": {FORMAT}', f' "version": {json.dumps(manifest.version)}']
    for name, entries in sections.items():
        lines = [f"  {_dump(key)}: {_dump(value)}" for key, value in sorted(entries.items())]
        parts.append(f' "{name}": {{' + ",".join(f"\n{line}" for line in lines) + "\n }")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _dump(value: object) -> str:
    """Returns a value as JSON. For each mapping, ``json`` would create an encoder, which takes longer."""
    if isinstance(value, dict):
        return f"{{{', '.join([f'{_dump(key)}: {_dump(item)}' for key, item in value.items()])}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_dump, value))}]"
    return json.dumps(value)


def read_manifest(folder: Path) -> Manifest:
    """Returns the manifest of a tree, without the stages whose folders have been removed.

    Args:
        folder: the output folder, which need not exist.

    Raises:
        WriteError: the manifest cannot be read, is of a newer format, or names files outside of the folder.
    """
    path = folder / MANIFEST
    try:
        document = _read_document(path)
    except FileNotFoundError:
        return Manifest({})
    except (ValueError, RecursionError):
        raise _make_damage_error(path) from None
    except OSError as error:
        raise WriteError(
            f"{path} cannot be read: {error.strerror}.", "Choose another folder with --out."
        ) from None
    if not all(map(is_inside, document.files)):
        raise _make_damage_error(path)
    manifest = Manifest(
        files={file: digests[-1] for file, digests in document.files.items()},
        version=document.version,
        addresses=document.addresses,
        moves=document.moves,
        bytecode=document.bytecode,
        others={file: frozenset(each) for file, each in document.files.items() if len(each) > 1},
    )
    return _forget_removed_stages(manifest, folder)


def require_known_format(folder: Path) -> None:
    """Checks that no newer version with another format rendered a tree; a damaged manifest is not an error.

    Args:
        folder: the output folder, which need not exist.

    Raises:
        WriteError: the tree is of a newer format.
    """
    with contextlib.suppress(OSError, ValueError, RecursionError):
        _read_document(folder / MANIFEST)


def _read_document(path: Path) -> Document:
    """Reads a manifest.

    Raises:
        WriteError: it is of a newer format.
        OSError: it cannot be read.
        ValueError: it is not a manifest.
        RecursionError: it is nested too deeply.
    """
    document = parse_manifest(read_regular_file(path), FORMAT)
    if document.format <= FORMAT:
        return document
    writer = f"domovoi-tf {document.version}" if document.version else "a newer version of domovoi-tf"
    raise WriteError(
        f"{path.parent} was rendered by {writer}, in the format {document.format}. This is domovoi-tf "
        f"{__version__}, which knows the formats up to {FORMAT}.",
        f"Install the newer version: {suggest_version(document.version)}.",
    )


def _make_damage_error(path: Path) -> WriteError:
    return WriteError(
        f"{path} is not a manifest of domovoi-tf.",
        "Restore it from version control, or remove it and render with --force.",
    )


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
    return replace(manifest, files=files)


def _is_stage_file(path: str) -> bool:
    return path.startswith("stages/")
