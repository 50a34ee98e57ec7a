"""A model of a file system that loses what was not synced, for tests of power failures.

`record` runs a function that changes a folder, and stops after each rename, removal and fsync. There
`write_crashes` yields the states in which a power failure could leave the folder:

- A file has its content of the last fsync of the file, its current one, or the first half of that.
- A change of names (creating, renaming, removing) is kept if the folder with the new name was synced later.
  Of the others any selection is lost. Only changes of one name keep their order, and a rename is never half
  done.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Names = dict[str, "Node"]


@dataclass(eq=False)
class Node:
    """A file, or a folder with its names."""

    names: Names | None = None
    content: bytes = b""
    synced: bytes = b""


@dataclass(eq=False)
class Change:
    """Names that get a node, or lose it (None); they are safe when the folder is synced."""

    folder: Node
    entries: list[tuple[Node, str, Node | None]]
    is_synced: bool = False

    @property
    def keys(self) -> set[tuple[int, str]]:
        return {(id(folder), name) for folder, name, _ in self.entries}


@dataclass
class Model:
    """The folder in memory and on the disk.

    Args:
        root: the folder; its present state is on the disk.
    """

    root: Path
    tree: Node = field(default_factory=lambda: Node({}))
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notice_writes()
        for change in self.changes:
            change.is_synced = True
            for _, _, node in change.entries:
                if node:
                    node.synced = node.content

    def find(self, path: Path) -> Node:
        node = self.tree
        for name in path.relative_to(self.root).parts:
            assert node.names is not None
            node = node.names[name]
        return node

    def change(self, folder: Node, *entries: tuple[Node, str, Node | None]) -> None:
        apply(entries)
        self.changes.append(Change(folder, list(entries)))

    def notice_writes(self) -> None:
        """Adds what was created or written since the last operation."""
        self._notice_writes(self.root, self.tree)

    def _notice_writes(self, path: Path, folder: Node) -> None:
        assert folder.names is not None
        present = {entry.name: entry.is_dir() for entry in os.scandir(path)}
        assert folder.names.keys() <= present.keys(), f"an operation in {path} is not recorded"
        for name, is_folder in sorted(present.items()):
            if name not in folder.names:
                self.change(folder, (folder, name, Node({} if is_folder else None)))
            if is_folder:
                self._notice_writes(path / name, folder.names[name])
            else:
                folder.names[name].content = (path / name).read_bytes()

    def rename(self, source: Path, target: Path) -> None:
        old, new = self.find(source.parent), self.find(target.parent)
        self.change(new, (new, target.name, self.find(source)), (old, source.name, None))

    def remove(self, path: Path) -> None:
        folder = self.find(path.parent)
        self.change(folder, (folder, path.name, None))

    def sync(self, path: Path) -> None:
        node = self.find(path)
        node.synced = node.content
        for change in self.changes:
            change.is_synced |= change.folder is node


def apply(entries: Any) -> None:
    for folder, name, node in entries:
        if node:
            folder.names[name] = node
        else:
            folder.names.pop(name, None)


def record(root: Path, function: Callable[[], object], step: Callable[[Model], object]) -> None:
    """Runs a function that changes a folder.

    Args:
        root: the folder.
        function: the function.
        step: called after each operation.
    """
    model = Model(root)

    def wrap(name: str, note: Callable[..., None]) -> None:
        original = getattr(os, name)

        def run(*args: Any, **options: Any) -> None:
            paths = [locate(each) for each in args]
            if not all(path.is_relative_to(root) for path in paths):
                return original(*args, **options)  # type: ignore[no-any-return]
            model.notice_writes()
            original(*args, **options)
            note(*paths)
            step(model)
            return None

        patch.setattr(os, name, run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "_use_fd_functions", False)  # the functions then get whole paths
        for name in ("rename", "replace"):
            wrap(name, model.rename)
        for name in ("unlink", "remove", "rmdir"):
            wrap(name, model.remove)
        wrap("fsync", model.sync)
        function()
    model.notice_writes()
    step(model)


def locate(path: Any) -> Path:
    return Path(f"/proc/self/fd/{path}").readlink() if isinstance(path, int) else Path(path)


def write_crashes(model: Model, folder: Path, selections: int = 4) -> Iterator[None]:
    """Writes a state after a power failure into a folder, and yields, until all have been tried.

    Args:
        model: the model.
        folder: the folder, which is emptied for each state.
        selections: how many random selections to try, besides all, nothing, and each change alone.
    """
    chance = random.Random(len(model.changes))  # noqa: S311 - the same selections in each run
    unsynced = [change for change in model.changes if not change.is_synced]
    kept = [
        {*unsynced},
        set[Change](),
        *({each} for each in unsynced),
        *({*unsynced} - {each} for each in unsynced),
    ]
    kept += [{each for each in unsynced if chance.random() < 0.5} for _ in range(selections)]
    for number, selection in enumerate(dict.fromkeys(map(frozenset, kept))):
        shutil.rmtree(folder, ignore_errors=True)
        _write_state(model, folder, selection, ("synced", "current", "half")[number % 3])
        yield


def _write_state(model: Model, folder: Path, kept: frozenset[Change], contents: str) -> None:
    disk: dict[int, Names] = {}
    lost: set[tuple[int, str]] = set()
    for change in model.changes:
        if not change.is_synced and (change not in kept or lost & change.keys):
            lost |= change.keys
            continue
        lost -= change.keys
        for parent, name, node in change.entries:
            names = disk.setdefault(id(parent), {})
            names.pop(name, None)
            if node:
                names[name] = node

    def write(path: Path, node: Node) -> None:
        if node.names is None:
            lost = {
                "synced": node.synced,
                "current": node.content,
                "half": node.content[: len(node.content) // 2],
            }
            path.write_bytes(node.synced if node.synced == node.content else lost[contents])
            return
        path.mkdir()
        for name, each in disk.get(id(node), {}).items():
            write(path / name, each)

    write(folder, model.tree)
