"""`destroy`, with a program in Terraform's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.terraform.destroy import destroy
from domovoi_tf.errors import DomovoiError

from ..conftest import PROGRAM, Done, Invoke, Terminal

TEXT = "Terraform will perform the following actions:\n\n  # aws_s3_bucket.beers will be destroyed\n"
PROGRESS = "aws_s3_bucket.beers: Refreshing state... [id=beers]\n"
STATE = json.dumps({"serial": 1, "lineage": "l", "resources": [{"mode": "managed"}]})
BUCKET = {"mode": "managed", "type": "aws_s3_bucket", "name": "beers"}
DELETION = {
    **BUCKET,
    "address": "aws_s3_bucket.beers",
    "change": {"actions": ["delete"], "before": {"bucket": "beers"}, "after": None},
}
SHOWN = """\
  stage  - destroys S3 bucket beers
0 to add, 0 to change, 1 to destroy.

Not destroyed:
  stage  S3 bucket beers: if it contains objects, because AWS deletes only empty buckets

"""


@pytest.fixture(autouse=True)
def stage(
    rendered_tree: Path, project: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform
) -> Path:
    """The folder of a deployed stage."""
    monkeypatch.chdir(project)
    terraform.on("state pull", STATE)
    terraform.on("apply", "Apply complete!\n")
    state = {"values": {"root_module": {"resources": [{**BUCKET, "values": {"bucket": "beers"}}]}}}
    terraform.on("show -json", json.dumps({"resource_changes": [DELETION], "prior_state": state}))
    terraform.on("plan", PROGRESS + TEXT, code=2, files={"-out": "plan"})
    return rendered_tree / "stages" / "dev"


def find_commands(terraform: FakeTerraform, *names: str) -> list[list[str]]:
    return [call["args"] for call in terraform.calls if call["args"][0] in names]


def test_destroy_shows_the_plan_by_handler_and_applies_it(invoke: Invoke, terraform: FakeTerraform) -> None:
    done = invoke(destroy, "--yes", "--lock-timeout", "5s")
    assert done == Done(0, f"{PROGRESS}{SHOWN}Apply complete!\n")
    plan, apply = find_commands(terraform, "plan", "apply")
    assert {"-destroy", "-lock-timeout=5s"} <= set(plan)
    path = next(argument.removeprefix("-out=") for argument in plan if argument.startswith("-out="))
    assert apply[-2:] == ["-lock-timeout=5s", path]
    assert not Path(path).exists()


def test_protected_load_balancer_is_not_destroyed(
    invoke: Invoke, terraform: FakeTerraform, stage: Path
) -> None:
    before = {"name": "bar-dev", "enable_deletion_protection": True}
    balancer = {"mode": "managed", "type": "aws_lb", "name": "this", "address": "aws_lb.this"}
    deletion = {**balancer, "change": {"actions": ["delete"], "before": before, "after": None}}
    terraform.on("show -json", json.dumps({"resource_changes": [DELETION, deletion]}))
    done = invoke(destroy, "--yes")
    assert isinstance(done.error, DomovoiError)
    assert str(done.error) == (
        "AWS would refuse to delete the load balancer bar-dev: deletion protection is on.\n"
        "Nothing was changed. Set deletion_protection in load_balancer of .chalice/config.json to false, "
        "deploy that first (`domovoi-tf deploy`, with nothing else changed), and repeat the command."
    )
    assert find_commands(terraform, "apply", "destroy") == []
    assert [*stage.rglob("*plan*")] == []
    before["enable_deletion_protection"] = False
    terraform.on("show -json", json.dumps({"resource_changes": [deletion]}))
    assert invoke(destroy, "--yes").error is None


def test_nothing_is_planned_if_nobody_can_answer(invoke: Invoke, terraform: FakeTerraform) -> None:
    expected = "Cannot ask for confirmation because standard input is not a terminal."
    done = invoke(destroy)
    assert isinstance(done.error, DomovoiError)
    assert (done.error.message, done.error.remedy) == (expected, "Add --yes to destroy the resources.")
    assert find_commands(terraform, "plan", "apply", "destroy") == []


def test_nothing_is_destroyed_unless_the_user_agrees(terminal: Terminal, terraform: FakeTerraform) -> None:
    shell = terminal(PROGRAM, "destroy", DOMOVOI_TF_TERRAFORM=str(terraform.path))
    shell.expect_exact("Destroy all of this in dev? [y/N]: ")
    shell.sendline("n")
    shell.expect_exact("Aborted: nothing was done.")
    shell.wait()
    assert find_commands(terraform, "apply", "destroy") == []


@pytest.mark.parametrize("state", ["", json.dumps({"serial": 7, "lineage": "l", "resources": []})])
def test_nothing_is_deployed(invoke: Invoke, terraform: FakeTerraform, state: str) -> None:
    terraform.on("state pull", state)
    assert invoke(destroy) == Done(0, "Nothing is deployed in dev, so there is nothing to destroy.\n")
    assert find_commands(terraform, "plan", "apply") == []


@pytest.mark.parametrize(("options", "answer"), [((), []), (("--yes",), ["-auto-approve"])])
def test_arguments_go_to_terraform(
    invoke: Invoke, terraform: FakeTerraform, stage: Path, options: tuple[str, ...], answer: list[str]
) -> None:
    terraform.on("destroy", "of Terraform\n", code=3)
    done = invoke(destroy, *options, "--lock-timeout", "5s", "--", "-target=module.app")
    assert (done.code, done.out) == (3, "of Terraform\n")
    [call] = [call for call in terraform.calls if call["args"][0] == "destroy"]
    assert call["args"][call["args"].index("-no-color") + 1 :] == [
        "-lock-timeout=5s",
        *answer,
        "-target=module.app",
    ]
    assert Path(call["folder"]) == stage.resolve()


def test_killed_run_is_a_warning(invoke: Invoke, stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr("domovoi_tf.cli.output.print_warning", warnings.append)
    (stage / ".terraform").mkdir()
    (stage / ".terraform" / "domovoi-tf.running").touch()
    assert invoke(destroy, "--yes").code == 0
    [warning] = warnings
    assert warning.startswith("the last run of Terraform for dev was killed")
