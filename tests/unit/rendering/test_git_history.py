"""The rendered versions of a file are found in the history, and only those."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from domovoi_tf.rendering.git_history import find_versions

NAMES = {
    f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def git(folder: Path, *args: str) -> None:
    environment = {**os.environ, **NAMES, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *args], cwd=folder, env=environment, check=True, capture_output=True)


def commit(folder: Path, content: bytes) -> str:
    """Commits a version of the file, and returns its digest."""
    (folder / "app").mkdir(exist_ok=True)
    (folder / "app" / "sns.tf").write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def test_versions_of_all_branches_are_found_by_their_digests(repository: Path) -> None:
    path = repository / "app" / "sns.tf"
    base = commit(repository, b"base\n")
    git(repository, "checkout", "--quiet", "-b", "one")
    one = commit(repository, b"one\n\n100644 blob 3\n")
    git(repository, "checkout", "--quiet", "-b", "other", "main")
    other = commit(repository, b"other, without a line feed")
    path.unlink()
    git(repository, "commit", "--quiet", "--all", "--message", "removed")
    assert find_versions(path, {one}) == [b"one\n\n100644 blob 3\n"]
    assert sorted(find_versions(path, {base, other, "0" * 64})) == [b"base\n", b"other, without a line feed"]
    assert find_versions(path, set()) == []


def test_version_of_a_rebased_branch_is_found(repository: Path) -> None:
    commit(repository, b"base\n")
    one = commit(repository, b"one\n")
    git(repository, "reset", "--quiet", "--hard", "HEAD~1")
    assert find_versions(repository / "app" / "sns.tf", {one}) == [b"one\n"]


def test_without_a_repository_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    digest = hashlib.sha256(b"one\n").hexdigest()
    (tmp_path / "sns.tf").write_bytes(b"one\n")
    assert find_versions(tmp_path / "sns.tf", {digest}) == []
    monkeypatch.setenv("PATH", "")
    assert find_versions(tmp_path / "sns.tf", {digest}) == []


def test_repository_without_commits_has_none(repository: Path) -> None:
    (repository / "sns.tf").write_bytes(b"one\n")
    assert find_versions(repository / "sns.tf", {hashlib.sha256(b"one\n").hexdigest()}) == []
