"""The hooks in .pre-commit-config.yaml run programs of the repository, and find what they are for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .test_layout import ROOT

CONFIGURATION = ROOT / ".pre-commit-config.yaml"
HOOKS = {
    hook["id"]: hook
    for repository in yaml.safe_load(CONFIGURATION.read_text())["repos"]
    for hook in repository["hooks"]
}
BAD = {"ruff-format": "x=1\n", "ruff-check": "import os\n"}
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_hooks_download_nothing() -> None:
    repositories = yaml.safe_load(CONFIGURATION.read_text())["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}
    assert not any("additional_dependencies" in hook for hook in HOOKS.values())


def test_hooks_are_parts_of_make_check_and_of_the_suite() -> None:
    _, _, rest = (ROOT / "Makefile").read_text().partition("\ncheck: ")
    recipe = rest.partition("\n\n")[0]
    for name, hook in HOOKS.items():
        program, _, arguments = hook["entry"].removeprefix(".venv/bin/").partition(" ")
        what = next((each for each in arguments.split() if each.endswith(".py")), arguments.split(" ")[0])
        assert (program in recipe and what.removeprefix("--force-exclude") in recipe) or name == "layout", (
            name
        )
        for path in [each for each in arguments.split() if each.endswith(".py")]:
            assert (ROOT / path).is_file()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pre-commit with these hooks in a small repository that has the programs in .venv/bin."""
    folder = tmp_path / "repository"
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("ruff", "python"):
        (programs / name).symlink_to(Path(sys.executable).parent / name)
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
        "HOME": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    assert run("git", "init", "--quiet").returncode == 0
    return run


@pytest.mark.parametrize("hook", BAD)
def test_hook_of_ruff_fails_for_what_it_is_for(hook: str, run: Run, tmp_path: Path) -> None:
    module = tmp_path / "repository" / "module.py"
    for text, code in (('"""A module."""\n', 0), (f'"""A module."""\n\n{BAD[hook]}', 1)):
        module.write_text(text)
        assert run("git", "add", "module.py").returncode == 0
        done = run("pre-commit", "run", hook, "--color=never")
        assert done.returncode == code, done.stdout + done.stderr
