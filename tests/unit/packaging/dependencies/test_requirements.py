"""The file that declares an app's dependencies, and the files that determine what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from package_index import write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies import requirements
from domovoi_tf.packaging.dependencies.requirements import Requirements

PYPROJECT = '[project]\nname = "bar"\nversion = "1"\ndependencies = {}\n'


def inputs(project: Path, file: str = "requirements.txt") -> list[str]:
    """Returns the files that decide what is installed, by their paths in the project."""
    found = requirements.list_inputs(Requirements(project / file))
    return [path.resolve().relative_to(project.resolve()).as_posix() for path in found]


def folders(project: Path, file: str = "requirements.txt") -> list[str | None]:
    return list(requirements.list_folder_packages(Requirements(project / file)))


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


# Local packages


PACKAGE = {
    "mine/setup.py": "",
    "mine/mine/__init__.py": "",
    "mine/mine/data/deep/table.csv": "",
    "mine/mine/.hidden": "",
    "mine/mine/__pycache__/mine.cpython-313.pyc": "",
    "mine/build/lib/mine.py": "",
    "mine/mine/dist/old.whl": "",
    "mine/mine.egg-info/PKG-INFO": "",
    "mine/.venv/pyvenv.cfg": "",
    "mine/venv/pyvenv.cfg": "",
    "mine/.git/HEAD": "",
    "mine/node_modules/a.js": "",
}


def test_a_local_package_is_an_input_with_its_subfolders_and_without_what_building_leaves(
    tmp_path: Path,
) -> None:
    write_files(tmp_path, {"requirements.txt": "./mine\n", **PACKAGE})
    assert inputs(tmp_path) == [
        "requirements.txt",
        "mine/mine/.hidden",
        "mine/mine/__init__.py",
        "mine/mine/data/deep/table.csv",
        "mine/setup.py",
    ]


def test_a_link_to_a_folder_in_a_local_package_is_not_followed(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "./mine\n", "mine/setup.py": "", "other/data.csv": ""})
    (tmp_path / "mine" / "loop").symlink_to(tmp_path / "mine")
    (tmp_path / "mine" / "other").symlink_to(tmp_path / "other")
    (tmp_path / "mine" / "data.csv").symlink_to(tmp_path / "other" / "data.csv")
    assert inputs(tmp_path) == ["requirements.txt", "other/data.csv", "mine/setup.py"]


@pytest.mark.parametrize(
    "line",
    [
        "./mine",
        "mine.whl",
        "-e ./mine",
        "--editable=./mine  # ours",
        "mine @ ./mine",
        "../project/mine ; python_version > '3'",
    ],
)
def test_a_requirement_may_name_a_path_in_any_form_of_pip(tmp_path: Path, line: str) -> None:
    project = tmp_path / "project"
    files = {"mine.whl": ""} if line.endswith(".whl") else {"mine/setup.py": ""}
    write_files(project, {"requirements.txt": f"a\n{line}\nb\n", **files})
    assert inputs(project) == ["requirements.txt", *files]


def test_paths_that_do_not_exist_and_folders_around_the_project_are_not_inputs(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write_files(project, {"requirements.txt": "./gone\n.\n..\n./mine\n", "mine/setup.py": "", "app.py": ""})
    write_files(tmp_path, {"outside.py": ""})
    assert inputs(project) == ["requirements.txt", "mine/setup.py"]
    assert folders(project) == [None]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"mine/pyproject.toml": '[project]\nname = "mine-own"\n'}, ["mine-own"]),
        ({"mine/pyproject.toml": "[build-system]\nrequires = []\n"}, [None]),
        ({"mine/pyproject.toml": "[project]\nname = 1\n"}, [None]),
        ({"mine/setup.py": "setup(name='mine')\n"}, [None]),
    ],
)
def test_a_folder_tells_its_package_name_in_its_pyproject_toml(
    tmp_path: Path, files: dict[str, str], names: list[str | None]
) -> None:
    write_files(tmp_path, {"requirements.txt": "./mine\n./wheels/a.whl\n", "wheels/a.whl": "", **files})
    assert folders(tmp_path) == names


# Files that name further files


def test_included_files_are_inputs_once_and_from_the_folder_of_the_file_that_names_them(
    tmp_path: Path,
) -> None:
    write_files(
        tmp_path,
        {
            "requirements.txt": "-r more/base.txt\n-c more/limits.txt\n-r https://example.com/all.txt\n",
            "more/base.txt": "--requirement=deeper.txt\n-r ../requirements.txt\n",
            "more/deeper.txt": "--constraint limits.txt\n",
            "more/limits.txt": "a<2\n",
        },
    )
    assert inputs(tmp_path) == ["requirements.txt", "more/base.txt", "more/deeper.txt", "more/limits.txt"]


def test_settings_of_uv_are_inputs(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "uv.lock": "",
            "uv.toml": "",
            "pyproject.toml": PYPROJECT.format('["a"]') + '[tool.uv.sources]\na = { path = "a" }\n',
            "a/setup.py": "",
        },
    )
    assert inputs(tmp_path, "uv.lock") == ["uv.lock", "uv.toml", "pyproject.toml", "a/setup.py"]
    assert inputs(tmp_path, "pyproject.toml") == ["pyproject.toml", "a/setup.py", "uv.toml"]


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


def test_names_are_those_of_whole_packages_in_any_of_the_files(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {"requirements.txt": "-r base.txt\nbotocore>=1\nmy-boto3\n# urllib3\n", "base.txt": "  boto3[crt]\n"},
    )
    found = Requirements(tmp_path / "requirements.txt")
    assert found.find_names(("boto3", "botocore", "urllib3")) == {"boto3", "botocore"}


def test_the_package_has_domovoi_tf_already_and_lambda_has_boto3(tmp_path: Path) -> None:
    assert Requirements(tmp_path).left_out == ("domovoi-tf", "boto3", "botocore")
    assert Requirements(tmp_path, boto3=True).left_out == ("domovoi-tf",)


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackageError) as caught:
        requirements.read_file(tmp_path / "gone.txt")
    assert str(caught.value) == (
        f"{tmp_path / 'gone.txt'} cannot be read: No such file or directory.\nCorrect its permissions."
    )
