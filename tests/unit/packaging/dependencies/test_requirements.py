"""The file that declares an app's dependencies, and the files that determine what is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from package_index import write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies import requirements
from domovoi_tf.packaging.dependencies.requirement_lines import read_file
from domovoi_tf.packaging.dependencies.requirements import Requirements

PYPROJECT = '[project]\nname = "bar"\nversion = "1"\ndependencies = {}\n'


# The file that counts


@pytest.mark.parametrize(
    ("pyproject", "unused"),
    [
        (PYPROJECT.format('["a"]'), ("pyproject.toml",)),
        (PYPROJECT.format("[]"), ()),
        ('[tool.ruff]\nexclude = ["dependencies"]\n', ()),
        # Nobody reads it: that it is broken, or that its dependencies are dynamic, is no error.
        ("[project\n", ()),
        ('[project]\nname = "a"\ndynamic = ["dependencies"]\n', ()),
    ],
)
def test_a_pyproject_toml_beside_another_file_is_unused_if_it_has_dependencies(
    tmp_path: Path, pyproject: str, unused: tuple[str, ...]
) -> None:
    write_files(tmp_path, {"requirements.txt": "a\n", "pyproject.toml": pyproject})
    found = requirements.find_requirements(tmp_path)
    assert found
    assert (found.file, found.unused) == (tmp_path / "requirements.txt", unused)


@pytest.mark.parametrize(
    ("pyproject", "groups", "counts"),
    [
        (PYPROJECT.format('["a"]'), (), True),
        (PYPROJECT.format("[]"), (), False),
        (PYPROJECT.format("[]"), ("dev",), True),
        ('[dependency-groups]\ndev = ["a"]\n', ("dev",), True),
        ('[dependency-groups]\ndev = ["a"]\n', (), False),
    ],
)
def test_a_pyproject_toml_alone_counts_if_it_has_dependencies_or_a_group_is_chosen(
    tmp_path: Path, pyproject: str, groups: tuple[str, ...], counts: bool
) -> None:
    write_files(tmp_path, {"pyproject.toml": pyproject})
    expected = Requirements(tmp_path / "pyproject.toml", groups) if counts else None
    assert requirements.find_requirements(tmp_path, groups) == expected


def test_a_folder_with_the_name_of_a_file_does_not_count(tmp_path: Path) -> None:
    for name in requirements.FILES:
        (tmp_path / name).mkdir()
    assert requirements.find_requirements(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("a==1 --hash=sha256:00\n", True),
        ("a==1 \\\n    --hash sha256:00\n", True),
        ("# a==1 --hash=sha256:00\na==1\n", False),
        ("a==1  # no --hash=sha256:00\n", False),
    ],
)
def test_a_hash_counts_in_any_of_the_files_but_not_in_a_comment(
    tmp_path: Path, text: str, hashed: bool
) -> None:
    write_files(tmp_path, {"requirements.txt": "-r base.txt\nb\n", "base.txt": text})
    assert Requirements(tmp_path / "requirements.txt").has_hashes is hashed


def test_pipe_in_place_of_a_requirements_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "more.txt")
    with pytest.raises(PackageError) as raised:
        read_file(tmp_path / "more.txt")
    assert str(raised.value) == (
        f"{tmp_path / 'more.txt'} cannot be read: it is not a regular file.\nCorrect its permissions."
    )
