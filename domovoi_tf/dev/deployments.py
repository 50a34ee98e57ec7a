"""Remembers the tree that `dev` has deployed to the emulator: its next start need not deploy it again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file

_FOLDER = "dev"
#: Files of Terraform and of packaging in the tree, which say nothing about what is deployed.
_IGNORED = frozenset({".terraform", ".terraform.lock.hcl", "package.zip", "layer.zip"})
_IGNORED_SUFFIXES = (".tfplan", ".tfstate", ".tfstate.backup")


class Deployment(NamedTuple):
    """A stage as `dev` deploys it to the emulator.

    Args:
        name: the prefix of the stage's names on AWS.
        tree: the folder of the rendered files.
        stage: the stage.
        state: the file of the stage's local state, which need not exist.
    """

    name: str
    tree: Path
    stage: str
    state: Path

    def remember(self, emulator: Emulator) -> None:
        """Remembers that the tree is deployed as it is now.

        Args:
            emulator: the running emulator.
        """
        folder = ensure_private_folder(emulator.folder / _FOLDER)
        write_private_file(folder / f"{self.name}.json", json.dumps(self._describe()))

    def is_current(self, emulator: Emulator) -> bool:
        """Returns whether the tree is deployed as it is now, and nothing else has changed the state since.

        False if the state is not in a local file, because nobody can tell then.

        Args:
            emulator: the running emulator.
        """
        try:
            saved = json.loads((emulator.folder / _FOLDER / f"{self.name}.json").read_bytes())
        except (OSError, ValueError):
            return False
        return self.state.is_file() and bool(saved == self._describe())

    def _describe(self) -> Mapping[str, str]:
        """Returns digests of the tree, with the input variables of the shell, and of the state."""
        digest = hashlib.sha256()
        for path in sorted(
            [*_list_files(self.tree / "app"), *_list_files(self.tree / "stages" / self.stage)]
        ):
            digest.update(f"{path.relative_to(self.tree)}\0".encode() + path.read_bytes())
        for name in sorted(os.environ):
            if name.startswith("TF_VAR_"):
                digest.update(f"{name}={os.environ[name]}\0".encode())
        state = hashlib.sha256(self.state.read_bytes()).hexdigest() if self.state.is_file() else ""
        return {"tree": digest.hexdigest(), "state": state}


def _list_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED]
        for name in files:
            if name not in _IGNORED and not name.endswith(_IGNORED_SUFFIXES):
                yield Path(parent, name)
