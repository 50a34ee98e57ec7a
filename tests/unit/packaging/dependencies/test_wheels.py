"""Installed dependencies stay in a cache, from which interrupted installations are removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.packaging.dependencies import wheels
from domovoi_tf.packaging.dependencies.cache import CacheEntry
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Requirements:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    (tmp_path / "requirements.txt").write_text("beer==1\n")
    return Requirements(tmp_path / "requirements.txt")


def test_installation_from_the_cache_removes_what_killed_installations_left(
    requirements: Requirements,
) -> None:
    installed = CacheEntry(requirements, Target()).folder
    installed.mkdir(parents=True)
    with atomic_files.create_work_folder(installed.parent) as running:
        stale = running.with_name(running.name + "-stale")
        stale.mkdir()
        assert wheels.install(requirements, Target()) == installed
        assert sorted(installed.parent.iterdir()) == sorted([installed, running])
