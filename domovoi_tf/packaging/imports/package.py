"""Describes a package whose modules are compared with those that were read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.loading.project_modules import VENDOR
from domovoi_tf.packaging.contents import Entry, exclude
from domovoi_tf.packaging.imports.lookup import ModuleLookup
from domovoi_tf.packaging.target import Target
from domovoi_tf.system.records import Record

if TYPE_CHECKING:
    from domovoi_tf.loading.recording.records import Frames

#: Code that opens files beside another module, such as ``importlib.resources.files("shop")``.
_BESIDE = re.compile(rb"\bresources\b|\bpkgutil\b|\bPackageLoader\b|\.__(?:file|path)__")
_INSTALLED = ("/site-packages/", "/dist-packages/")


class PackagedFiles(Record, kw_only=True):
    """The files of a package, before files are excluded.

    Args:
        project: the project's folder.
        own: the files of the project and of vendor/.
        dependencies: the files of installed dependencies; none if they are not installed yet.
        target: the Lambda runtime.
        excluded: shell patterns of paths to leave out of the package.
        has_layer: whether the dependencies are in a layer.
    """

    project: Path
    own: Sequence[Entry]
    dependencies: Sequence[Entry] = ()
    target: Target = field(default_factory=Target)
    excluded: tuple[str, ...] = ()
    has_layer: bool = False

    @cached_property
    def base(self) -> Path:
        """The absolute path of the project's folder, with which the files of its modules begin."""
        return self.project.resolve()

    @cached_property
    def lookup(self) -> ModuleLookup:
        """The modules of the package, in the order of Python's path in Lambda."""
        own, dependencies = exclude(self.own, self.excluded), exclude(self.dependencies, self.excluded)
        folders = [own, dependencies] if self.has_layer else [[*own, *dependencies]]
        return ModuleLookup(folders, self.target)

    @cached_property
    def everything(self) -> ModuleLookup:
        """The modules of the package before files are excluded."""
        return ModuleLookup([[*self.own, *self.dependencies]], self.target)

    def list_foreign(self) -> list[Entry]:
        """Returns the files that are vendored or of dependencies, without those that are excluded."""
        entries = [entry for entry in self.own if entry.origin.startswith(f"{VENDOR}/")]
        return exclude([*entries, *self.dependencies], self.excluded)

    def is_foreign(self, entry: Entry) -> bool:
        """Returns whether a file is vendored or of a dependency, and not a module of the project itself."""
        return entry.origin.startswith(f"{VENDOR}/") or entry not in self._own

    def is_own_path(self, file: str) -> bool:
        """Returns whether a file is in the project, but not in a virtual environment there."""
        inside = file.removeprefix(f"{self.base}/")
        return inside != file and not any(each in f"/{inside}" for each in _INSTALLED)

    def contains(self, file: str, frames: Frames) -> bool:
        """Returns whether Lambda finds a file of the project where the line that opens it looks for it.

        A module of a folder on Python's path such as ``src`` is at the root of the package, with the files
        beside it. Lambda finds these through the module, but not at their paths in the project.
        """
        names = self._names.get(Path(file).resolve(), ())
        return self.format_path(file) in names or (len(names) > 0 and self._moves(frames))

    def _moves(self, frames: Frames) -> bool:
        opener = next((Path(file) for file, _ in frames if self.is_own_path(file)), None)
        if opener is None:
            return False
        names = self._names.get(opener.resolve(), ())
        return self.format_path(str(opener)) not in names or bool(_BESIDE.search(opener.read_bytes()))

    def is_same(self, entry: Entry, file: str) -> bool:
        """Returns whether an entry is a file, or has the same content."""
        path = Path(file)
        try:
            return entry.source.samefile(path) or entry.source.read_bytes() == path.read_bytes()
        except OSError:
            return False

    def format_path(self, file: str) -> str:
        """Returns a short form of a path: relative to the project, or to the folder of installed packages."""
        if self.is_own_path(file):
            return Path(file).relative_to(self.base).as_posix()
        return next((file.rpartition(each)[2] for each in _INSTALLED if each in file), file)

    def locate(self, frames: Frames) -> str:
        """Returns the line of the project that led to an import or opened a file; ``app.py`` if unknown."""
        lines = (f"{self.format_path(file)}:{line}" for file, line in frames if self.is_own_path(file))
        return next(lines, "app.py")

    def format_chain(self, frames: Frames) -> str:
        """Returns the chain of imports from the app to a module, if there is more than one."""
        links = list(self._list_links(frames))
        return f" (imported through {' -> '.join(links)})" if len(links) > 1 else ""

    def _list_links(self, frames: Frames) -> Iterator[str]:
        for position in reversed(range(len(frames))):
            file, line = frames[position]
            # Of several calls inside one file, only the innermost.
            if position == 0 or frames[position - 1][0] != file:
                yield f"{self.format_path(file)}:{line}"

    @cached_property
    def _names(self) -> dict[Path, list[str]]:
        """The paths in the package of each file of the project, without those that are excluded."""
        names: dict[Path, list[str]] = {}
        for entry in exclude(self.own, self.excluded):
            names.setdefault(entry.source.resolve(), []).append(entry.name)
        return names

    @cached_property
    def _own(self) -> frozenset[Entry]:
        return frozenset(self.own)
