"""The version has one source, and a release's tag, version, changelog and tree agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from release_check import ROOT, find_problems, list_releases, read_version

from domovoi_tf import __version__


def test_distributions_get_the_version_of_the_package() -> None:
    command = [sys.executable, "-m", "hatchling", "metadata", "version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == __version__ == read_version(ROOT)


def test_newest_release_in_the_changelog_is_this_version() -> None:
    releases = [version for version, _ in list_releases(ROOT)]
    assert releases[0] == __version__
    assert releases == sorted(releases, key=lambda version: [*map(int, version.split("."))], reverse=True)


def test_tagged_commit_is_ready() -> None:
    done = subprocess.run(
        ["git", "tag", "--points-at", "HEAD", "--list", "v*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [problem for tag in done.stdout.split() for problem in find_problems(tag)] == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that is ready for the release 0.3.0."""
    tree = tmp_path / "tests" / "upgrades" / "0.3.0" / "terraform"
    tree.mkdir(parents=True)
    (tree / ".domovoi-tf.json").write_text('{"format": 2, "version": "0.3.0", "rendered": {}}')
    (tmp_path / "domovoi_tf").mkdir()
    (tmp_path / "domovoi_tf" / "__init__.py").write_text('"""Ours."""\n\n__version__ = "0.3.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 0.3.0 (2027-01-02)\n\n- More.\n\n"
        "## 0.2.0 (2026-12-01)\n\n- First.\n"
    )
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_release_with_agreeing_parts_has_no_problem(repository: Path) -> None:
    assert list(find_problems("v0.3.0", repository)) == []


def test_all_problems_of_a_release_are_named(repository: Path) -> None:
    assert list(find_problems("0.3.0", repository)) == [
        "The tag is 0.3.0, but domovoi_tf/__init__.py has 0.3.0, which needs the tag v0.3.0."
    ]
    edit(repository / "CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n- Later.\n")
    edit(repository / "CHANGELOG.md", "2027-01-02", "date to be set")
    edit(repository / "tests/upgrades/0.3.0/terraform/.domovoi-tf.json", "0.3.0", "0.2.0")
    assert list(find_problems("v0.3.0", repository)) == [
        "CHANGELOG.md has changes under Unreleased: move them to the section of 0.3.0.",
        "The section of 0.3.0 in CHANGELOG.md has no date: write `## 0.3.0 (YYYY-MM-DD)`.",
        "tests/upgrades/0.3.0 has a tree of 0.2.0: remove it, and render it again.",
    ]
    edit(repository / "domovoi_tf" / "__init__.py", "0.3.0", "0.4.0")
    assert list(find_problems("v0.3.0", repository)) == [
        "The tag is v0.3.0, but domovoi_tf/__init__.py has 0.4.0, which needs the tag v0.4.0.",
        "CHANGELOG.md has changes under Unreleased: move them to the section of 0.4.0.",
        "The newest release in CHANGELOG.md is 0.3.0: add the section `## 0.4.0 (YYYY-MM-DD)`.",
        "tests/upgrades/0.4.0 has no tree: run `make release-tree RELEASE=0.4.0 FROM=...`.",
    ]


def test_workflow_of_a_release_runs_for_version_tags_and_only_existing_targets() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert workflow[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}  # YAML reads `on` as a boolean
    steps = workflow["jobs"]["release"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    targets = re.findall(r"^make ([a-z-]+)", "\n".join(commands), re.MULTILINE)
    assert targets == ["release-check", "check", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    # What is published was checked before.
    assert [command.split()[-1] for command in commands][-2:] == ["build", "publish"]
