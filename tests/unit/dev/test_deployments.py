"""Tests that `dev` deploys again after each change of the tree, of the state and of input variables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.dev.deployments import Deployment
from domovoi_tf.local.emulator_environment import Emulator


@pytest.fixture
def emulator(tmp_path: Path) -> Emulator:
    (tmp_path / "emulator").mkdir()
    return Emulator("http://127.0.0.1:1", 1, 1, tmp_path / "emulator.log")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    tree, state = tmp_path / "terraform", tmp_path / "bar-dev.tfstate"
    for name in ("app/sns.tf", "app/package.zip", "stages/dev/main.tf", "stages/prod/main.tf"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("first")
    state.write_text("{}")
    return Deployment("bar-dev", tree, "dev", state)


def change(name: str) -> Callable[[Deployment], object]:
    return lambda deployment: (deployment.tree / name).write_text("second")


def test_tree_that_nobody_has_remembered_is_not_current(emulator: Emulator, deployment: Deployment) -> None:
    assert not deployment.is_current(emulator)


@pytest.mark.parametrize("name", ["app/package.zip", "stages/prod/main.tf", "stages/dev/own.tfplan"])
def test_other_files_change_nothing(name: str, emulator: Emulator, deployment: Deployment) -> None:
    deployment.remember(emulator)
    change(name)(deployment)
    assert deployment.is_current(emulator)


@pytest.mark.parametrize(
    "action",
    [
        change("app/sns.tf"),
        change("app/sqs.tf"),
        change("stages/dev/main.tf"),
        lambda deployment: deployment.state.write_text('{"serial": 2}'),
        lambda deployment: deployment.state.unlink(),
    ],
    ids=["changed", "new", "root", "applied", "no state"],
)
def test_change_must_be_deployed(
    action: Callable[[Deployment], object], emulator: Emulator, deployment: Deployment
) -> None:
    deployment.remember(emulator)
    assert deployment.is_current(emulator)
    action(deployment)
    assert not deployment.is_current(emulator)


def test_input_variable_must_be_deployed(
    emulator: Emulator, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.remember(emulator)
    monkeypatch.setenv("TF_VAR_greeting", "hello")
    assert not deployment.is_current(emulator)
    assert "hello" not in (emulator.folder / "dev" / "bar-dev.json").read_text()
