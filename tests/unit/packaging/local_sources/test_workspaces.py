"""A member of a uv workspace gets what the workspace's lock has for it; without network."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from package_index import add_wheel, use_index, write_files

from domovoi_tf.cli.deployment.package import format_package
from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Package, Target, build
from domovoi_tf.packaging.dependencies.wheels import find_uv
from domovoi_tf.packaging.local_sources.workspaces import find_workspace

from .test_spellings import make_package

SERVICE = """
[project]
name = "svc"
version = "1"
requires-python = ">=3.10"
dependencies = ["common", "six<2"]

[tool.uv.sources]
common = { workspace = true }
"""
DEEP = 'dependencies = ["deep"]\n[tool.uv.sources]\ndeep.workspace = true\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of an app, the two libraries that it needs, and another one."""
    index = use_index(tmp_path, monkeypatch)
    add_wheel(index, "six", "1.0")
    root = write_files(
        tmp_path / "root",
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["svc", "libs/*"]\nexclude = ["libs/old"]\n',
            "svc/pyproject.toml": SERVICE,
            "svc/app.py": "app = 1\n",
        },
    )
    make_package(root / "libs/common", more=DEEP)
    make_package(root / "libs/deep", "deep")
    make_package(root / "libs/other", "other")
    return root


def lock(folder: Path) -> None:
    subprocess.run([find_uv(), "lock", "--quiet"], cwd=folder, check=True)


def package(root: Path) -> Package:
    return build(root / "svc", root.parent / "package.zip", Target(), ())


def read(root: Path, name: str) -> str:
    with zipfile.ZipFile(package(root).zip.path) as archive:
        return archive.read(name).decode()


def test_locked_packages_and_members_are_installed(root: Path, tmp_path: Path) -> None:
    lock(root)
    add_wheel(tmp_path / "index", "six", "1.1")
    made = package(root)
    names = sorted(part.name for part in made.zip.parts if part.name != "the domovoi-tf runtime")
    assert names == ["app.py", "common 1", "deep 1", "six 1.0"]
    assert format_package(made)[0] == "Dependencies from ../uv.lock."


@pytest.mark.parametrize("name", ["common", "deep"])
def test_changed_member_is_packaged_again(root: Path, name: str) -> None:
    lock(root)
    for text in ("first\n", "second\n"):
        write_files(root / "libs" / name, {f"{name}/__init__.py": text})
        assert read(root, f"{name}/__init__.py") == text


def test_change_of_a_member_that_the_app_does_not_need_installs_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(root)
    package(root)
    write_files(root / "libs/other", {"other/__init__.py": "changed\n"})
    write_files(root / "svc", {"app.py": "app = 2\n"})
    monkeypatch.setattr("domovoi_tf.packaging.dependencies.wheels.find_uv", lambda: "/nonexistent")
    assert read(root, "app.py") == "app = 2\n"


def test_workspace_without_lock_file_is_an_error(root: Path) -> None:
    with pytest.raises(PackageError) as caught:
        package(root)
    assert str(caught.value) == (
        f"pyproject.toml requires common from the uv workspace in {root}, which has no uv.lock.\n"
        "Run `uv lock`."
    )
    lock(root / "svc")
    assert read(root, "common/__init__.py") == ""


def test_outdated_lock_file_of_the_workspace_is_an_error(root: Path) -> None:
    lock(root)
    write_files(root / "svc", {"pyproject.toml": SERVICE.replace('"six<2"', '"six<1.5"')})
    with pytest.raises(PackageError) as caught:
        package(root)
    assert str(caught.value).startswith("../uv.lock is older than pyproject.toml.\nRun `uv lock`.\n")


def test_app_that_needs_no_member_needs_no_lock_file(root: Path) -> None:
    own = '[project]\nname = "svc"\nversion = "1"\ndependencies = ["six"]\n'
    write_files(root / "svc", {"pyproject.toml": own})
    assert format_package(package(root))[0] == "Dependencies from pyproject.toml."


def test_folder_is_a_member_by_the_patterns_of_the_nearest_root(root: Path) -> None:
    make_package(root / "libs/old", "old")
    make_package(root / "elsewhere", "elsewhere")
    found = [find_workspace(root / name) for name in ("svc", "libs/common", "libs/old", "elsewhere", ".")]
    assert found == [root, root, None, None, None]
