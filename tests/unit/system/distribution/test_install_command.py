"""The command that installs an extra names the place where domovoi-tf was installed from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from domovoi_tf.system.distribution import install_command
from domovoi_tf.system.distribution.install_command import build_install_command

GIT = "https://git.example.com/domovoi-tf.git"
COMMIT = "aee1719fbbc83ca0e4085901067812daced07e87"
#: As pip and uv write them.
SOURCES = {
    "an index": (None, "'domovoi-tf[local]'"),
    "an editable clone": (
        {"url": "file:///home/me/domovoi-tf", "dir_info": {"editable": True}},
        "--editable '/home/me/domovoi-tf[local]'",
    ),
    "a clone": ({"url": "file:///home/me/domovoi-tf", "dir_info": {}}, "'/home/me/domovoi-tf[local]'"),
    "a folder with a blank": (
        {"url": "file:///home/me/my%20tools/domovoi-tf", "dir_info": {}},
        "'/home/me/my tools/domovoi-tf[local]'",
    ),
    "a repository": (
        {"url": GIT, "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
        f"'domovoi-tf[local] @ git+{GIT}'",
    ),
    "a repository's tag, in a folder": (
        {
            "url": GIT,
            "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v0.1.0"},
            "subdirectory": "python",
        },
        f"'domovoi-tf[local] @ git+{GIT}@v0.1.0#subdirectory=python'",
    ),
    "a local repository": (
        {"url": "file:///home/me/domovoi-tf", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
        "'domovoi-tf[local] @ git+file:///home/me/domovoi-tf'",
    ),
    "a wheel": (
        {"url": "file:///tmp/domovoi_tf-0.1.0-py3-none-any.whl", "archive_info": {"hash": "sha256=0"}},
        "'domovoi-tf[local] @ file:///tmp/domovoi_tf-0.1.0-py3-none-any.whl'",
    ),
}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An active virtual environment."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])


def install(folder: Path, direct_url: object = None, installer: str | None = "pip") -> None:
    info = folder / "site" / "domovoi_tf-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: domovoi-tf\nVersion: 0.1.0\n")
    if installer:
        (info / "INSTALLER").write_text(f"{installer}\n")
    if direct_url:
        (info / "direct_url.json").write_text(json.dumps(direct_url))


@pytest.mark.parametrize(("direct_url", "source"), SOURCES.values(), ids=SOURCES)
def test_command_names_the_source(direct_url: object, source: str, tmp_path: Path) -> None:
    install(tmp_path, direct_url)
    assert build_install_command("local") == f"pip install {source}"


@pytest.mark.parametrize(
    ("installer", "file", "program"),
    [
        ("uv", "", "uv pip install"),
        (None, "", "pip install"),
        ("uv", "uv-receipt.toml", "uv tool install"),
        ("pip", "pipx_metadata.json", "pipx install --force"),
    ],
)
def test_command_runs_the_program_that_installed_it(
    installer: str | None, file: str, program: str, tmp_path: Path
) -> None:
    install(tmp_path, SOURCES["an editable clone"][0], installer)
    if file:
        (tmp_path / file).write_text("")
    assert build_install_command("local") == f"{program} --editable '/home/me/domovoi-tf[local]'"


@pytest.mark.parametrize(
    ("installer", "program"), [("uv", "uv pip install --python {}"), ("pip", "{} -m pip install")]
)
def test_command_names_the_python_of_an_environment_that_is_not_active(
    installer: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV")
    monkeypatch.setenv("PATH", "/usr/bin")
    install(tmp_path, None, installer)
    python = program.format(tmp_path / "bin" / "python")
    assert build_install_command("local") == f"{python} 'domovoi-tf[local]'"


def test_checkout_that_is_not_installed_is_named() -> None:
    clone = install_command._ROOT
    assert (clone / "pyproject.toml").is_file()
    assert build_install_command("local") == f"pip install --editable '{clone}[local]'"


@pytest.mark.parametrize("content", ["{", "[]", '{"url": 1}'])
def test_damaged_metadata_is_that_of_an_index(content: str, tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "site" / "domovoi_tf-0.1.0.dist-info" / "direct_url.json").write_text(content)
    assert build_install_command("local") == "pip install 'domovoi-tf[local]'"
