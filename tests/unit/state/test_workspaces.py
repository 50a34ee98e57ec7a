"""The workspace of a stage's state: the default one, or the one that the configuration names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf.errors import BackendError
from domovoi_tf.state.workspaces import read_workspace, require_workspace

SELECTED = (
    "its resources would have the same names as those of dev in the workspace default, and would take these "
    "over."
)
STAGE = (
    "Nothing was changed. A deployment of its own is a stage, not a workspace: "
    "domovoi-tf deploy --stage NAME\n"
)
NAME_IT = 'If its state belongs in this workspace, set terraform.workspace to "blue" in .chalice/config.json.'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a stage that is initialised."""
    root = tmp_path / "dev"
    (root / ".terraform").mkdir(parents=True)
    return root


def select(root: Path, text: str) -> None:
    (root / ".terraform" / "environment").write_text(text)


def find_error(root: Path, named: str | None, at_emulator: bool = False, **environ: str) -> str:
    """Returns the text of the error; empty if the workspace is the right one."""
    try:
        require_workspace(root, root / ".terraform", environ, named, at_emulator)
    except BackendError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("recorded", "environ", "expected"),
    [
        (None, {}, "default"),
        ("", {}, "default"),
        ("default", {}, "default"),
        ("blue\n", {}, "blue"),
        ("blue", {"TF_WORKSPACE": "green"}, "green"),
        ("blue", {"TF_WORKSPACE": ""}, "blue"),
    ],
)
def test_variable_goes_before_the_recorded_workspace(
    root: Path, recorded: str | None, environ: dict[str, str], expected: str
) -> None:
    if recorded is not None:
        select(root, recorded)
    assert read_workspace(root / ".terraform", environ) == expected


def test_default_workspace_is_allowed(root: Path) -> None:
    assert find_error(root, None) == ""


def test_selected_workspace_is_refused(root: Path) -> None:
    select(root, "blue")
    assert find_error(root, None) == (
        f"The workspace blue is selected: {SELECTED}\n{STAGE}To work on dev, run "
        f"`terraform -chdir={root} workspace select default`. {NAME_IT}"
    )


def test_workspace_of_the_environment_is_refused(root: Path) -> None:
    assert find_error(root, None, TF_WORKSPACE="blue") == (
        f"The workspace blue is selected (TF_WORKSPACE): {SELECTED}\n{STAGE}To work on dev, unset "
        f"TF_WORKSPACE. {NAME_IT}"
    )


def test_named_workspace_is_the_only_one(root: Path) -> None:
    assert find_error(root, "blue", TF_WORKSPACE="blue") == ""
    assert find_error(root, "blue") == (
        "The configuration names the workspace blue (terraform.workspace), but the workspace default is "
        "selected.\nNothing was changed. To work on dev, run "
        f"`terraform -chdir={root} workspace select blue`."
    )
    assert find_error(root, "blue", TF_WORKSPACE="green") == (
        "The configuration names the workspace blue (terraform.workspace), but the workspace green is "
        "selected (TF_WORKSPACE).\nNothing was changed. To work on dev, set TF_WORKSPACE to blue."
    )


def test_emulator_has_a_default_workspace_of_its_own(root: Path) -> None:
    assert find_error(root, "blue", at_emulator=True) == ""
    assert find_error(root, None, at_emulator=True, TF_WORKSPACE="blue") != ""


def test_every_workspace_of_hcp_terraform_is_allowed(root: Path) -> None:
    record = {"backend": {"type": "cloud", "config": {"organization": "bar"}}}
    (root / ".terraform" / "terraform.tfstate").write_text(json.dumps(record))
    select(root, "bar-dev")
    assert find_error(root, None) == ""
