"""All files on this machine that determine what is installed are inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from package_index import write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies.requirement_lines import read_file
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.local_sources.inputs import find_inputs
from domovoi_tf.packaging.local_sources.source_tree import read_package_name

PYPROJECT = '[project]\nname = "bar"\nversion = "1"\ndependencies = {}\n'


def inputs(project: Path, file: str = "requirements.txt") -> list[str]:
    """Returns the files that decide what is installed, by their paths in the project."""
    found = find_inputs(Requirements(project / file)).files
    return sorted(path.resolve().relative_to(project.resolve()).as_posix() for path in found)


# Local packages


PACKAGE = {
    "mine/setup.py": "",
    "mine/mine/__init__.py": "",
    "mine/mine/data/deep/table.csv": "",
    "mine/mine/.hidden": "",
    "mine/mine/static/node_modules/a.js": "",
    "mine/mine/__pycache__/mine.cpython-313.pyc": "",
    "mine/build/lib/mine.py": "",
    "mine/mine/dist/old.whl": "",
    "mine/mine.egg-info/PKG-INFO": "",
    "mine/.venv/pyvenv.cfg": "",
    "mine/.venv/bin/python": "",
    "mine/venv/pyvenv.cfg": "",
    "mine/.git/HEAD": "",
    "mine/node_modules/a.js": "",
}


def test_a_local_package_is_an_input_with_its_subfolders_and_without_what_building_leaves(
    tmp_path: Path,
) -> None:
    write_files(tmp_path, {"requirements.txt": "./mine\n", **PACKAGE})
    assert inputs(tmp_path) == [
        "mine/mine/.hidden",
        "mine/mine/__init__.py",
        "mine/mine/data/deep/table.csv",
        "mine/mine/dist/old.whl",
        "mine/mine/static/node_modules/a.js",
        "mine/setup.py",
        "requirements.txt",
    ]


def test_links_in_a_local_package_are_followed_except_into_a_folder_that_contains_them(
    tmp_path: Path,
) -> None:
    write_files(tmp_path, {"requirements.txt": "./mine\n", "mine/setup.py": "", "other/data.csv": ""})
    (tmp_path / "mine" / "loop").symlink_to(tmp_path / "mine")
    (tmp_path / "mine" / "other").symlink_to(tmp_path / "other")
    (tmp_path / "mine" / "data.csv").symlink_to(tmp_path / "other" / "data.csv")
    found = find_inputs(Requirements(tmp_path / "requirements.txt")).files
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "mine/data.csv",
        "mine/other/data.csv",
        "mine/setup.py",
        "requirements.txt",
    ]


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
    assert inputs(project) == sorted(["requirements.txt", *files])


def test_paths_that_do_not_exist_are_not_inputs(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "./gone\n./mine\n", "mine/setup.py": ""})
    assert inputs(tmp_path) == ["mine/setup.py", "requirements.txt"]


@pytest.mark.parametrize("line", [".", "..", "../../project", "./sub/.."])
def test_a_package_around_the_app_is_an_input_without_its_rendered_terraform(
    tmp_path: Path, line: str
) -> None:
    outer = tmp_path / "project"
    project = outer / "app" if ".." in line and line != "./sub/.." else outer
    write_files(outer, {"setup.py": "", "mine.py": ""})
    write_files(project, {"requirements.txt": line, "app.py": "", "sub/data.csv": ""})
    write_files(project, {"terraform/.domovoi-tf.json": "{}", "terraform/app/package.zip": ""})
    found = {
        path.relative_to(outer.resolve()).as_posix()
        for path in find_inputs(Requirements(project / "requirements.txt")).files
    }
    inside = project.relative_to(outer).as_posix()
    own = {f"{inside}/{name}".removeprefix("./") for name in ("requirements.txt", "app.py", "sub/data.csv")}
    assert found == {"setup.py", "mine.py", *own}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "mine-own"\n'}, "mine-own"),
        ({"pyproject.toml": '[tool.poetry]\nname = "mine-own"\n'}, "mine-own"),
        (
            {"pyproject.toml": "[build-system]\nrequires = []\n", "setup.cfg": "[metadata]\nname = mine\n"},
            "mine",
        ),
        ({"setup.cfg": "[metadata]\nversion = 1\n"}, None),
        ({"setup.cfg": "this is no configuration"}, None),
        ({"pyproject.toml": "[project]\nname = 1\n"}, None),
        ({"setup.py": "setup(name='mine')\n"}, None),
    ],
)
def test_name_of_a_local_package(tmp_path: Path, files: dict[str, str], name: str | None) -> None:
    assert read_package_name(write_files(tmp_path, files)) == name


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
    assert inputs(tmp_path) == ["more/base.txt", "more/deeper.txt", "more/limits.txt", "requirements.txt"]


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
    assert inputs(tmp_path, "uv.lock") == ["a/setup.py", "pyproject.toml", "uv.lock", "uv.toml"]
    assert inputs(tmp_path, "pyproject.toml") == ["a/setup.py", "pyproject.toml", "uv.toml"]


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackageError) as caught:
        read_file(tmp_path / "gone.txt")
    assert str(caught.value) == (
        f"{tmp_path / 'gone.txt'} cannot be read: No such file or directory.\nCorrect its permissions."
    )
