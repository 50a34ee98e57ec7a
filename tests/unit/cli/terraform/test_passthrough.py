"""`init`, `validate` and `output` run the same commands of Terraform."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.terraform.passthrough import COMMANDS

from ..conftest import Invoke


@pytest.mark.usefixtures("rendered_tree")
@pytest.mark.parametrize(
    ("name", "options", "passed"),
    [
        ("init", ["--", "-upgrade"], ["-upgrade"]),
        ("validate", [], []),
        ("validate", ["--json"], ["-json"]),
        ("output", ["--json", "--", "url"], ["-json", "url"]),
    ],
)
def test_command_of_terraform_runs_in_the_folder_of_the_stage(
    invoke: Invoke,
    terraform: FakeTerraform,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: list[str],
    passed: list[str],
) -> None:
    monkeypatch.chdir(project)
    terraform.on(name, "of Terraform\n", code=3)
    [command] = [each for each in COMMANDS if each.name == name]
    done = invoke(command, *options)
    assert (done.code, done.out) == (3, "of Terraform\n")
    call = terraform.calls[-1]
    assert call["args"][0] == name
    assert call["args"][call["args"].index("-no-color") + 1 :] == passed
    assert Path(call["folder"]) == (project / "terraform" / "stages" / "dev").resolve()


@pytest.mark.usefixtures("rendered_tree")
def test_output_before_the_first_deployment_says_that_nothing_is_deployed(
    invoke: Invoke, terraform: FakeTerraform, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    terraform.on("output", "\nWarning: No outputs found\n\nThe state file either has no outputs defined\n")
    [command] = [each for each in COMMANDS if each.name == "output"]
    done = invoke(command)
    assert (done.code, done.out) == (
        0,
        "Nothing is deployed in dev. To deploy it, run `domovoi-tf deploy`.\n",
    )
    terraform.on("output", 'function_name = "bar-dev"\n')
    assert invoke(command).out == 'function_name = "bar-dev"\n'
