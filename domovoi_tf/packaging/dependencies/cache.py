"""Names the folder in the cache in which the dependencies of an app are, or will be, installed.

The name is a digest of everything on this machine that determines what is installed. An installation may
reveal a local package that no file mentions, for example if a setup.py computes its path. The cache keeps a
note of such packages beside the folders, one for each project.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from domovoi_tf.packaging.dependencies.distributions import normalize_name
from domovoi_tf.packaging.dependencies.lambda_sdk import RELEASES
from domovoi_tf.packaging.dependencies.requirement_lines import read_file
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.local_sources.inputs import Inputs, find_inputs
from domovoi_tf.packaging.local_sources.source_tree import is_project, read_package_name
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files
from domovoi_tf.system.user_folder import locate_cache

FORMAT = "4"
#: The name of a wheel or of a source distribution, which begins with the name of the package.
_ARCHIVE = re.compile(r"([A-Za-z0-9][\w.-]*?)-\d.*\.(?:whl|zip|tgz|tar\.\w+)")


class CacheEntry:
    """The place of an app's dependencies in the cache.

    Args:
        requirements: the file that lists the dependencies.
        target: the Lambda runtime.

    Raises:
        PackageError: a file that determines what is installed cannot be read.
    """

    def __init__(self, requirements: Requirements, target: Target) -> None:
        #: The names of local packages and archives that an installation or a build has revealed.
        self.revealed: dict[Path, str] = {}
        self.requirements = requirements
        self.target = target
        self.root = locate_cache() / "wheels"
        self.inputs = find_inputs(requirements)
        self.digest = hash_inputs(self.inputs, requirements, target)
        if revealed := self._read_note():
            self._update(revealed)

    @property
    def folder(self) -> Path:
        """The folder for the installed packages; it exists if they are installed."""
        return self.root / self.digest

    def is_current(self, sources: Mapping[Path, str]) -> bool:
        """Returns whether an installation had the current code; learns from it what was missing.

        Args:
            sources: the local packages and archives that were installed, with the names of the packages.
        """
        before, names = self.digest, self.list_names()
        self.revealed.update({path.resolve(): name for path, name in sources.items()})
        revealed = {path for path in sources if not self.inputs.covers(path)}
        if revealed:
            revealed |= {*self._read_note()}
            content = json.dumps(sorted(map(str, revealed))).encode()
            atomic_files.replace_file(self._note, content, 0o600)
        self._update(self._read_note())
        return self.digest == before and self.list_names() <= names

    def list_names(self) -> set[str | None]:
        """Returns the names of local packages and archives, which may have changed since uv cached them.

        One of them is None if a package does not state its name, and no installation has revealed it.
        """
        names: set[str | None] = {
            self.revealed[folder] for folder in self.inputs.packages if folder in self.revealed
        }
        folders = (each for each in self.inputs.packages if is_project(each) and each not in self.revealed)
        names |= {read_package_name(folder) for folder in folders}
        names |= {match[1] for path in self.inputs.files if (match := _ARCHIVE.fullmatch(path.name))}
        return {name and normalize_name(name) for name in names}

    def _update(self, revealed: Iterable[Path]) -> None:
        self.inputs = find_inputs(self.requirements, revealed)
        self.digest = hash_inputs(self.inputs, self.requirements, self.target)

    @cached_property
    def _note(self) -> Path:
        place = f"{self.requirements.folder.resolve()}\n{self.digest}"
        return self.root / f"{hashlib.sha256(place.encode()).hexdigest()}.json"

    def _read_note(self) -> list[Path]:
        try:
            return [path for path in map(Path, json.loads(self._note.read_bytes())) if path.exists()]
        except (OSError, ValueError, TypeError, RecursionError):
            return []


def hash_inputs(inputs: Inputs, requirements: Requirements, target: Target) -> str:
    """Returns the SHA-256 of everything on this machine that determines what uv installs.

    Args:
        inputs: the files and settings.
        requirements: the file that lists the requirements.
        target: the Lambda runtime.

    Raises:
        PackageError: a file cannot be read.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    # The compressed files are cached too, and their bytes depend on the version of zlib.
    kind = (
        *(FORMAT, target.python, target.platform, zlib.ZLIB_RUNTIME_VERSION),
        *(requirements.file.name, requirements.boto3, RELEASES, requirements.groups, inputs.texts),
    )
    state = hashlib.sha256(repr(kind).encode())
    for path in inputs.files:
        name = os.path.relpath(path, requirements.folder)
        content = hashlib.sha256(read_file(path)).hexdigest()
        state.update(repr((name, bool(path.stat().st_mode & stat.S_IXUSR), content)).encode())
    return state.hexdigest()
