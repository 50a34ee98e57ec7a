"""Patterns of package_include leave out what every other part of the package leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
from package_index import write_files

from domovoi_tf.packaging.contents import list_project_files

from .imports.conftest import Project

FILES = (
    *("topics.json", "data/prices.json", "data/old/prices.json"),
    *(".git/config", ".env", ".env.dev", ".envrc", "x.pyc", "data/.DS_Store", "data/__pycache__/x.json"),
    ".domovoi-tf/events.sqlite3",
    *(".chalice/config.json", ".venv/pyvenv.cfg", ".venv/lib/x.json", "data/.env"),
    *("terraform/.domovoi-tf.json", "terraform/app/package.zip", "terraform/app/x.json"),
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    write_files(project.folder, dict.fromkeys(FILES, ""))
    (project.folder / ".venv/python").symlink_to("/usr/bin/env")
    return project


@pytest.mark.parametrize(
    ("entry", "files"),
    [
        ("*", FILES[:3]),
        ("./*", FILES[:3]),
        ("**/*.json", FILES[:3]),
        ("data", FILES[1:3]),
        ("./data", FILES[1:3]),
        ("data/", FILES[1:3]),
        ("data/*", FILES[1:3]),
        ("data/**/*", FILES[1:3]),
        ("./topics.json", FILES[:1]),
        (".env", (".env",)),
        ("data/.env", ("data/.env",)),
        (".chalice/config.json", (".chalice/config.json",)),
    ],
)
def test_pattern_leaves_out_what_is_no_source(project: Project, entry: str, files: tuple[str, ...]) -> None:
    listed = {entry.name for entry in list_project_files(project.folder, (), (entry,))}
    assert listed == {"app.py", *files}


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        (".env*", ".env"),
        ("terraform", "terraform"),
        ("terraform/app", "terraform/app"),
        (".venv/**/*.json", ".venv/lib/x.json"),
        (".git", ".git"),
        (".chalice", ".chalice"),
    ],
)
def test_pattern_without_other_matches_is_a_problem(project: Project, entry: str, match: str) -> None:
    assert project.render(include=(entry,)) == (
        f".chalice/config.json: the pattern {entry!r} in package_include matches only what patterns leave "
        f"out: {match}\n    Name each file itself, or remove the pattern."
    )


def test_pattern_that_matches_nothing_is_a_problem(project: Project) -> None:
    assert project.render(include=("nothing/*",)) == (
        ".chalice/config.json: the pattern 'nothing/*' in package_include matches no file of the project\n"
        "    Correct or remove it."
    )
