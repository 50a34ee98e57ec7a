"""A power failure at any moment, whatever the disk has lost, leaves the old files or the new ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.system import atomic_files, durable, folder_transaction
from domovoi_tf.system.journal import JournalError

from . import test_folder_transaction as trees
from .power_failure import Model, record, write_crashes

Tree = trees.Tree


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folder_transaction, "_commit_in_child", folder_transaction._commit_prepared)
    monkeypatch.setattr(durable, "_FEW", 1000)  # no threads, so that the order is the same in each run
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the model decides what is on the disk
    trees.write_tree(tmp_path / "terraform", {**trees.OLD, **trees.USER_FILES})
    return tmp_path / "terraform"


def recover_everywhere(folder: Path, function: Callable[[], object]) -> list[Tree]:
    """Returns the recovered trees after a power failure at each operation of a function."""
    crashed, found = folder.parent / "crashed", []

    def step(model: Model) -> None:
        for _ in write_crashes(model, crashed):
            folder_transaction.recover(crashed)
            found.append(trees.read_tree(crashed))

    record(folder, function, step)
    return found


def commit(folder: Path) -> None:
    folder_transaction.commit(folder, trees.WRITTEN, trees.REMOVED)


def test_commit_leaves_old_or_new_tree(folder: Path) -> None:
    found = recover_everywhere(folder, lambda: commit(folder))
    assert all(tree in (trees.OLD, trees.NEW) for tree in found)
    assert found[0] == trees.OLD
    assert found[-1] == trees.NEW
    assert len(found) > 150


def test_recovery_leaves_new_tree(folder: Path) -> None:
    trees.interrupt_commit(folder)
    found = recover_everywhere(folder, lambda: folder_transaction.recover(folder))
    assert all(tree == trees.NEW for tree in found)
    assert len(found) > 100


def test_tree_is_new_once_the_commit_has_returned(folder: Path) -> None:
    crashed, found = folder.parent / "crashed", []
    models: list[Model] = []
    record(folder, lambda: commit(folder), models.append)
    for _ in write_crashes(models[-1], crashed, selections=50):
        folder_transaction.recover(crashed)
        found.append(trees.read_tree(crashed))
    assert all(tree == trees.NEW for tree in found)


def test_file_has_old_or_new_content(folder: Path) -> None:
    path, crashed, found = folder / "m.json", folder.parent / "crashed", []

    def step(model: Model) -> None:
        for _ in write_crashes(model, crashed):
            found.append((crashed / "m.json").read_bytes())

    record(folder, lambda: atomic_files.replace_file(path, b"newer"), step)
    assert {*found} == {b"old", b"newer"}
    assert found[-1] == b"newer"


def test_new_folder_is_missing_or_complete(folder: Path) -> None:
    crashed, files = folder.parent / "crashed", {"app.py": b"app", "tests/test_app.py": b"test"}
    found = []

    def step(model: Model) -> None:
        for _ in write_crashes(model, crashed):
            new = crashed / "new"
            paths = [path for path in new.rglob("*") if path.is_file()]
            found.append({path.relative_to(new).as_posix(): path.read_bytes() for path in paths})

    record(folder, lambda: atomic_files.create_folder(folder / "new", files), step)
    assert all(tree in ({}, files) for tree in found)
    assert found[-1] == files


@pytest.mark.parametrize("step", ["sync_files", "sync_folders"])
def test_each_kind_of_sync_is_needed(folder: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the model finds a broken tree: so the tests above prove something."""
    monkeypatch.setattr(durable, step, lambda _: None)
    with pytest.raises((JournalError, AssertionError)):
        assert all(
            tree in (trees.OLD, trees.NEW) for tree in recover_everywhere(folder, lambda: commit(folder))
        )
