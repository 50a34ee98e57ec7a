"""Remembers the tree that `dev` has deployed to the emulator: its next start need not deploy it again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file

_FOLDER = "dev"
#: Files of Terraform and of packaging in the tree, which say nothing about what is deployed.
_IGNORED = frozenset({".terraform", ".terraform.lock.hcl", "package.zip", "layer.zip"})
_IGNORED_SUFFIXES = (".tfplan", ".tfstate", ".tfstate.backup")


def save_deployment(emulator: Emulator, name: str, tree: Path, stage: str, state: Path) -> None:
    """Remembers that the tree is deployed as it is now.

    Args:
        emulator: the running emulator.
        name: the prefix of the stage's names on AWS.
        tree: the folder of the rendered files.
        stage: the stage.
        state: the file of the stage's local state, which need not exist.
    """
    folder = ensure_private_folder(emulator.folder / _FOLDER)
    write_private_file(folder / f"{name}.json", json.dumps(_describe(tree, stage, state)))


def is_deployed(emulator: Emulator, name: str, tree: Path, stage: str, state: Path) -> bool:
    """Returns whether the tree is deployed as it is now, and nothing else has changed the state since.

    False if the state is not in a local file, because nobody can tell then.

    Args:
        emulator: the running emulator.
        name: the prefix of the stage's names on AWS.
        tree: the folder of the rendered files.
        stage: the stage.
        state: the file of the stage's local state, which need not exist.
    """
    try:
        saved = json.loads((emulator.folder / _FOLDER / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return False
    return state.is_file() and saved == _describe(tree, stage, state)


def _describe(tree: Path, stage: str, state: Path) -> Mapping[str, str]:
    digest = hashlib.sha256()
    for path in sorted([*_list_files(tree / "app"), *_list_files(tree / "stages" / stage)]):
        digest.update(f"{path.relative_to(tree)}\0".encode() + path.read_bytes())
    for name in sorted(os.environ):
        if name.startswith("TF_VAR_"):
            digest.update(f"{name}={os.environ[name]}\0".encode())
    return {
        "tree": digest.hexdigest(),
        "state": hashlib.sha256(state.read_bytes()).hexdigest() if state.is_file() else "",
    }


def _list_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED]
        for name in files:
            if name not in _IGNORED and not name.endswith(_IGNORED_SUFFIXES):
                yield Path(parent, name)
