"""A plan is saved for one apply, for this user only, and refused once it is stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from command_server import run_command
from fake_terraform import FakeTerraform

from domovoi_tf.errors import TerraformError
from domovoi_tf.plans import saved_plan
from domovoi_tf.terraform.installation import Binary, find_binary
from domovoi_tf.terraform.runner import Terraform

MAIN = 'resource "terraform_data" "beer" {\n  input = "%s"\n}\n'
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Returns a project with a hand-written tree whose stage needs no provider."""
    folder = tmp_path / "bar"
    for name in ("terraform/app", "terraform/stages/dev"):
        (folder / name).mkdir(parents=True)
    (folder / "terraform" / "app" / "package.zip").write_bytes(b"zip")
    (folder / "terraform" / "stages" / "dev" / "main.tf").write_text(MAIN % "pils")
    return folder


@pytest.fixture
def stage(project: Path) -> Path:
    return project / "terraform" / "stages" / "dev"


@pytest.fixture
def runner(stage: Path) -> Terraform:
    return Terraform(stage, {}, find_binary(os.environ))


@pytest.fixture
def run(project: Path, runner: Terraform) -> Run:
    runner.capture("init")

    def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(args, *run_command(args, project, {**os.environ, **environment}))

    return run


def list_plan_files(stage: Path) -> list[str]:
    return sorted(path.name for path in (stage / ".terraform" / "domovoi-tf").glob("*"))


@pytest.mark.terraform
def test_plan_saves_the_plan_and_apply_applies_it(run: Run, stage: Path) -> None:
    shown = run("plan")
    assert shown.returncode == 0, shown
    summary, _, rest = shown.stdout.partition("Terraform used the selected providers")
    assert summary == "\n  stage  + terraform data beer\n1 to add, 0 to change, 0 to destroy.\n\n"
    assert rest.endswith(
        "Plan: 1 to add, 0 to change, 0 to destroy.\nApply this plan with: domovoi-tf apply\n"
    )
    folder = stage / ".terraform" / "domovoi-tf"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "plan", folder / "plan.json")] == [
        0o700,
        0o600,
        0o600,
    ]
    # The working folder is not an input of the plan.
    applied = run("apply", str(stage.parents[2]))
    assert applied.returncode == 0, applied
    assert "  stage  + terraform data beer\n" in applied.stdout
    assert "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." in applied.stdout
    assert list_plan_files(stage) == []


@pytest.mark.terraform
def test_exit_codes_are_those_of_terraform(run: Run, stage: Path) -> None:
    assert run("plan", "--detailed-exitcode").returncode == 2
    assert run("apply").returncode == 0
    assert run("plan", "--detailed-exitcode").returncode == 0
    assert list_plan_files(stage) == []
    (stage / "main.tf").write_text("resource {")
    broken = run("plan", "--detailed-exitcode")
    assert broken.returncode == 1
    assert "Error: Unclosed configuration block" in broken.stderr
    assert list_plan_files(stage) == []


@pytest.mark.terraform
def test_options_of_terraform_keep_their_meaning(run: Run, stage: Path, tmp_path: Path) -> None:
    own = tmp_path / "own plan"
    done = run("plan", "--", "-detailed-exitcode", f"-out={own}")
    assert done.returncode == 2
    assert "  stage  + terraform data beer\n" in done.stdout
    assert "Apply this plan with" not in done.stdout
    assert list_plan_files(stage) == []
    assert '"@level":"info"' in run("plan", "--", "-json").stdout
    assert "Resources: 1 added" in run("apply", "--", str(own)).stdout


@pytest.mark.terraform
def test_plan_is_removed_after_a_failed_apply(run: Run, stage: Path) -> None:
    (stage / "main.tf").write_text(
        'resource "terraform_data" "x" {\n provisioner "local-exec" {\n command = "exit 3"\n }\n}\n'
    )
    assert run("plan").returncode == 0
    failed = run("apply")
    assert failed.returncode == 1
    assert "local-exec provisioner error" in failed.stderr
    assert list_plan_files(stage) == []


@pytest.mark.terraform
def test_apply_without_saved_plan_asks(run: Run, stage: Path) -> None:
    refused = run("apply")
    assert (refused.returncode, refused.stdout, refused.stderr) == (
        1,
        "",
        "Error: Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to apply the plan.\n",
    )
    applied = run("apply", "--yes")
    assert applied.returncode == 0
    assert "  stage  + terraform data beer\n" in applied.stdout
    assert "Resources: 1 added" in applied.stdout
    again = run("apply", "--yes")
    assert again.returncode == 0
    assert "No changes." in again.stdout
    assert "Apply complete" not in again.stdout


@pytest.mark.terraform
def test_json_and_markdown_output(run: Run) -> None:
    printed = run("plan", "--json")
    assert printed.stdout.startswith('{\n  "stage": "dev",\n  "changes": [\n')
    assert run("plan", "--markdown", "--detailed-exitcode").returncode == 2
    head, _, details = run("plan", "--markdown").stdout.partition("\n<details>\n")
    assert head == (
        "### Plan for dev: 1 to add, 0 to change, 0 to destroy\n\n"
        "| | |\n|---|---|\n| stage | + terraform data beer |\n"
    )
    assert details.startswith("<summary>Terraform's plan</summary>\n\n```text\nTerraform used the selected ")
    assert details.endswith("\n```\n\n</details>\n")
    assert "# terraform_data.beer will be created" in details
    both = run("plan", "--markdown", "--json")
    assert (both.returncode, both.stderr.splitlines()[-1]) == (
        2,
        "Error: --json and --markdown cannot be used together.",
    )
    assert run("apply").returncode == 0


def read_stale_reasons(done: subprocess.CompletedProcess[str]) -> str:
    """Returns the reasons with which an apply refused a stale plan."""
    assert done.returncode == 1, done
    first, rest = done.stderr.split("\n", 1)
    assert rest == ("Nothing was applied. Run `domovoi-tf plan` again, and apply the new plan.\n")
    assert first.startswith("Error: The plan of 20")
    return first.partition(" is stale: ")[2]


@pytest.mark.terraform
def test_stale_plan_is_refused_with_reasons(run: Run, stage: Path, runner: Terraform) -> None:
    assert run("plan").returncode == 0
    package = stage.parents[1] / "app" / "package.zip"
    package.write_bytes(b"another")
    assert read_stale_reasons(run("apply")) == "the deployment package has changed."
    package.write_bytes(b"zip")
    (stage / "extra.tf").write_text("locals {}\n")
    elsewhere = run("apply", AWS_PROFILE="other", AWS_REGION="eu-west-1")
    assert read_stale_reasons(elsewhere) == (
        "the Terraform files have changed; environment variables have changed (AWS_PROFILE, AWS_REGION)."
    )
    (stage / "extra.tf").unlink()
    runner.capture("apply", "-auto-approve")
    assert read_stale_reasons(run("apply")) == "the state has changed (serial 0, now 1)."
    # A new plan can be applied.
    (stage / "main.tf").write_text(MAIN % "stout")
    assert run("plan").returncode == 0
    assert run("apply").returncode == 0


@pytest.mark.terraform
def test_incomplete_saved_plan_is_ignored(run: Run, stage: Path, runner: Terraform) -> None:
    assert run("plan").returncode == 0
    assert saved_plan.load(runner) is not None
    with (stage / ".terraform" / "domovoi-tf" / "plan").open("ab") as plan:
        plan.write(b"more")
    assert saved_plan.load(runner) is None
    assert "Cannot ask for confirmation" in run("apply").stderr


# Without Terraform


@pytest.fixture
def fake(terraform: FakeTerraform, stage: Path) -> Terraform:
    """A program in Terraform's place, which has a state."""
    terraform.on("state pull", json.dumps({"serial": 7, "lineage": "l", "outputs": {"key": "secret"}}))
    return Terraform(stage, {}, Binary(terraform.path, "terraform"))


def test_stale_error_names_all_changes() -> None:
    then = saved_plan.PlanInputs("tree", "package", "lineage", 1, {})
    now = saved_plan.PlanInputs("other", "other", "lineage", 2, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    made = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    plan = saved_plan.SavedPlan(Path("plan"), made, then)
    saved_plan.require_fresh(plan, then, "prod")
    with pytest.raises(TerraformError) as caught:
        saved_plan.require_fresh(plan, now, "prod")
    assert caught.value.message == (
        f"The plan of {made.astimezone():%Y-%m-%d %H:%M:%S} is stale: "
        "the Terraform files have changed; the deployment package has changed; "
        "the state has changed (serial 1, now 2); "
        "environment variables have changed (AWS_ENDPOINT_URL)."
    )


def write_plan(runner: Terraform, text: bytes = b"plan") -> Path:
    """Writes a plan to the file of this process."""
    path = saved_plan.prepare(runner)
    path.write_bytes(text)
    return path


INPUTS = saved_plan.PlanInputs("tree", "package", "lineage", 1, {})


def test_two_processes_plan_and_apply_independently(fake: Terraform, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write_plan(fake)
    with monkeypatch.context() as other:
        other.setattr(os, "getpid", os.getppid)
        theirs = write_plan(fake)
        assert theirs.parent == own.parent
        saved_plan.save(fake, INPUTS)
        found = saved_plan.load(fake)
        assert found
        saved_plan.claim(fake, found)
        saved_plan.discard(fake)
    assert saved_plan.locate_own_plan(fake) == own
    assert sorted(own.parent.glob("*")) == [own]


def test_plan_of_killed_process_is_removed(fake: Terraform) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    folder = saved_plan.prepare(fake).parent
    left = [folder / f"{process.pid}.plan", folder / "no-process.plan"]
    for path in left:
        path.write_bytes(b"secrets")
    saved_plan.prepare(fake)
    assert [path for path in left if path.exists()] == []


def test_saved_plan_is_claimed_once_and_only_as_shown(fake: Terraform) -> None:
    write_plan(fake)
    saved_plan.save(fake, INPUTS)
    shown = saved_plan.load(fake)
    assert shown
    write_plan(fake, b"another")
    saved_plan.save(fake, INPUTS)
    for _ in range(2):  # another plan is saved, then none
        with pytest.raises(TerraformError) as caught:
            saved_plan.claim(fake, shown)
        assert str(caught.value) == (
            "The plan that was shown is gone: another domovoi-tf is planning or applying in this folder.\n"
            "Nothing was applied. Run the command again when the other one is done."
        )
    assert not saved_plan.locate_own_plan(fake).exists()


def read_inputs(fake: Terraform, **environment: str | None) -> saved_plan.PlanInputs:
    runner = Terraform(fake.folder, environment, fake.binary)
    return saved_plan.read_inputs(runner, fake.folder.parents[1])


def test_state_is_read_by_its_lineage_and_serial_alone(terraform: FakeTerraform, fake: Terraform) -> None:
    inputs = read_inputs(fake)
    assert (inputs.lineage, inputs.serial) == ("l", 7)
    assert "secret" not in str(inputs)
    terraform.on("state pull", "\n")
    assert (read_inputs(fake).lineage, read_inputs(fake).serial) == ("", 0)


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("app/main.tf", {"tree"}),
        ("app/modules/sns/main.tf", {"tree"}),
        ("app/package.zip", {"package"}),
        ("app/layer.zip", {"package"}),
        ("app/modules/other.zip", set()),
        ("stages/dev/main.tf", {"tree"}),
        ("stages/dev/deep/er/extra.tf", {"tree"}),
        ("stages/dev/terraform.tfvars", {"tree"}),
        # Of another stage, or of Terraform itself.
        ("stages/prod/main.tf", set()),
        ("README.md", set()),
        ("stages/dev/.terraform/modules/x.tf", set()),
        ("stages/dev/.terraform.lock.hcl", set()),
        ("stages/dev/.terraform.tfstate.lock.info", set()),
        ("stages/dev/terraform.tfstate", set()),
        ("stages/dev/terraform.tfstate.backup", set()),
        # Not at the top of the stage's folder: the user's.
        ("stages/dev/deep/.terraform/x.tf", {"tree"}),
    ],
)
def test_inputs_are_the_files_of_the_app_and_the_stage(fake: Terraform, path: str, changed: set[str]) -> None:
    file = fake.folder.parents[1] / path
    before = read_inputs(fake)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("one")
    added = read_inputs(fake)
    file.write_text("two")
    for one, other in ((before, added), (added, read_inputs(fake))):
        assert {name for name in ("tree", "package") if getattr(one, name) != getattr(other, name)} == changed


def test_a_renamed_file_changes_the_inputs(fake: Terraform) -> None:
    before = read_inputs(fake)
    (fake.folder / "main.tf").rename(fake.folder / "other.tf")
    assert read_inputs(fake).tree != before.tree


def test_inputs_have_what_leads_to_account_and_state(
    fake: Terraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "TF_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
        assert read_inputs(fake).environment == {}
        monkeypatch.setenv(name, "here")
        assert read_inputs(fake).environment == {name: "here"}
        assert read_inputs(fake, **{name: "own"}).environment == {name: "own"}
        assert read_inputs(fake, **{name: None}).environment == {}
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert read_inputs(fake).environment == {}


def test_saved_plan_is_private_and_remembers_its_inputs(fake: Terraform) -> None:
    path = write_plan(fake)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    inputs = read_inputs(fake, AWS_PROFILE="work")
    saved_plan.save(fake, inputs)
    plan = saved_plan.load(fake)
    assert plan
    assert (plan.path.read_bytes(), plan.inputs) == (b"plan", inputs)
    assert abs((datetime.now(timezone.utc) - plan.created).total_seconds()) < 60
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    saved_plan.prepare(fake)
    assert (saved_plan.load(fake), list(path.parent.iterdir())) == (None, [])


@pytest.mark.parametrize("damage", ["plan", "plan.json", "both", "record"])
def test_plan_or_record_that_is_missing_or_damaged_is_no_saved_plan(fake: Terraform, damage: str) -> None:
    folder = write_plan(fake).parent
    saved_plan.save(fake, INPUTS)
    assert saved_plan.load(fake)
    if damage == "record":
        record = json.loads((folder / "plan.json").read_text())
        del record["inputs"]["tree"]
        (folder / "plan.json").write_text(json.dumps(record))
    for name in ("plan", "plan.json"):
        if damage in (name, "both"):
            (folder / name).write_bytes(b"{}")
    assert saved_plan.load(fake) is None


@pytest.mark.parametrize(
    "damage",
    [
        *(
            {"environment": []},
            {"environment": {"AWS_PROFILE": 1}},
            {"serial": "1"},
            {"tree": None},
            {"lineage": 1},
        ),
        *(1, [], None, {"more": 1, "tree": []}),
    ],
)
def test_record_with_values_of_other_types_is_no_saved_plan(fake: Terraform, damage: Any) -> None:
    folder = write_plan(fake).parent
    saved_plan.save(fake, INPUTS)
    record = json.loads((folder / "plan.json").read_text())
    record["inputs"] = {**record["inputs"], **damage} if isinstance(damage, dict) else damage
    (folder / "plan.json").write_text(json.dumps(record))
    assert saved_plan.load(fake) is None
    (folder / "plan.json").write_text("[" * 100_000)
    assert saved_plan.load(fake) is None


def test_existing_folder_of_the_plan_is_closed_to_others(fake: Terraform) -> None:
    folder = saved_plan.locate_own_plan(fake).parent
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    saved_plan.prepare(fake)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_plan_of_a_live_process_is_kept(fake: Terraform) -> None:
    folder = saved_plan.prepare(fake).parent
    other = folder / f"{os.getppid()}.plan"
    other.write_bytes(b"theirs")
    assert saved_plan.prepare(fake) == folder / f"{os.getpid()}.plan"
    assert other.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tree": "x"}, "the Terraform files have changed"),
        ({"package": "x"}, "the deployment package has changed"),
        ({"lineage": "x"}, "the state has changed (serial 1, now 1)"),
        ({"serial": 3}, "the state has changed (serial 1, now 3)"),
        ({"environment": {"AWS_REGION": "r"}}, "environment variables have changed (AWS_REGION)"),
    ],
)
def test_each_change_makes_a_plan_stale(change: dict[str, Any], reason: str) -> None:
    plan = saved_plan.SavedPlan(Path("plan"), datetime.now(timezone.utc), INPUTS)
    with pytest.raises(TerraformError) as caught:
        saved_plan.require_fresh(plan, replace(INPUTS, **change), "dev")
    assert caught.value.message.endswith(f" is stale: {reason}.")
    assert caught.value.remedy == (
        "Nothing was applied. Run `domovoi-tf plan` again, and apply the new plan."
    )
