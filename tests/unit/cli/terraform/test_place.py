"""The place where a command works: AWS or the emulator."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from domovoi_tf.cli.terraform import place
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.state.effective_backend import find_backend

URL = "http://127.0.0.1:4566"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """A running emulator, of which the shell knows nothing."""
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    running = Emulator(URL, 7, 4566, tmp_path / "home" / "emulator.log")
    monkeypatch.setattr(emulator, "find_running", lambda: running)
    return running


@pytest.mark.parametrize(
    ("endpoint", "is_found"),
    [(URL, True), (f"{URL}/", True), ("http://127.0.0.1:4567", False), (None, False)],
)
def test_shell_of_the_running_emulator_says_where(
    running: Emulator, monkeypatch: pytest.MonkeyPatch, endpoint: str | None, is_found: bool
) -> None:
    """Another endpoint, such as that of LocalStack, is the user's own affair."""
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert place.find_emulator(False) == (running if is_found else None)
    assert place.find_emulator(True) == running


def test_option_needs_a_running_emulator(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "find_running", lambda: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL", URL)
    assert place.find_emulator(False) is None
    with pytest.raises(EmulatorError) as raised:
        place.find_emulator(True)
    assert str(raised.value) == "The emulator is not running.\nStart it with `domovoi-tf local up`."


def test_environment_is_that_of_the_emulator_until_the_command_ends(running: Emulator, project: Path) -> None:
    before = dict(os.environ)
    state = running.log.parent / "bar-dev.tfstate"
    state.parent.mkdir()
    killed = state.with_name("bar-prod.tfstate.backup")
    killed.touch(0o644)
    with click.Context(click.Command("plan")):
        assert place.get_emulator() is None
        root = project / "terraform" / "stages" / "dev"
        assert place.enter(project, "dev", None, True) == root
        assert place.get_emulator() == running
        assert os.environ["TF_DATA_DIR"] == str(running.log.parent / "bar-dev.terraform")
        assert find_backend(None, root, os.environ).location == place.locate_local_state() == str(state)
        assert killed.stat().st_mode & 0o777 == 0o600
        state.touch(0o644)
        record = state.with_name("bar-dev.terraform") / "terraform.tfstate"
        record.parent.mkdir()
        record.touch(0o644)
    assert dict(os.environ) == before
    assert [path.stat().st_mode & 0o777 for path in (state, record)] == [0o600, 0o600]
    assert place.locate_local_state() == "terraform.tfstate"


def test_override_file_decides_about_the_backend(running: Emulator, project: Path) -> None:
    root = project / "terraform" / "stages" / "dev"
    root.mkdir(parents=True)
    with click.Context(click.Command("plan")):
        place.enter(project, "dev", None, True)
        assert "TF_CLI_ARGS_init" in os.environ
    (root / "backend_override.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    with click.Context(click.Command("plan")):
        place.enter(project, "dev", None, True)
        assert "TF_CLI_ARGS_init" not in os.environ
