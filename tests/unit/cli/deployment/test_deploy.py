"""`domovoi-tf deploy` with a program in place of Terraform, and its result as text and for JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform
from silent_endpoint import LIMITS

from domovoi_tf.cli import output
from domovoi_tf.cli.deployment.deploy import Deployment, deploy, describe_deployment, format_deployment
from domovoi_tf.cli.progress import Steps
from domovoi_tf.operations.endpoints import Endpoint
from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.resource_owners import Owner

from ..conftest import ABOVE_QUOTA, Fails, Invoke, configure

CHANGE = Change(Owner("handler", "tend"), "module.app.x", "aws_sns_topic", "create", "topic", (), "")
PLAN = {
    "resource_changes": [
        {
            "address": "module.app.module.tend.aws_sns_topic_subscription.this",
            "module_address": "module.app.module.tend",
            "mode": "managed",
            "type": "aws_sns_topic_subscription",
            "name": "this",
            "change": {"actions": ["create"], "before": None, "after": {"protocol": "lambda"}},
        }
    ]
}
ENDPOINTS = (
    Endpoint("log group", "default", "/aws/lambda/bar-dev"),
    Endpoint("queue", "beers", "https://queue"),
)


@pytest.fixture
def deployment(capsys: pytest.CaptureFixture[str]) -> Deployment:
    steps = Steps()
    with steps.run("plan") as step:
        step.result = "1 to add"
    return Deployment("prod", (CHANGE,), True, ENDPOINTS, steps, {"tend": ""})


def test_json_option_needs_yes_or_dry_run(fails: Fails) -> None:
    error = fails("deploy", "--json", code=2).splitlines()[-1]
    assert error == "Error: --json cannot ask for confirmation. Add --yes or --dry-run."


def test_partial_backend_needs_a_bucket_before_anything_is_written(fails: Fails, project: Path) -> None:
    configure(project, {"app_name": "bar", "terraform": {"backend": {"s3": {}}}})
    assert fails("deploy", "--yes").splitlines()[-2] == (
        "Error: The s3 backend of dev has no bucket, neither in .chalice/config.json nor in TF_CLI_ARGS_init."
    )
    assert not (project / "terraform").exists()


def test_deployment_lists_new_handlers_and_endpoints(deployment: Deployment) -> None:
    *lines, timings = format_deployment(deployment)
    assert lines == ["New: tend", "  log group    /aws/lambda/bar-dev", "  queue beers  https://queue"]
    assert timings.startswith("Deployed prod in 0.0 s: plan 0.0")


def test_deployment_without_changes_says_so(deployment: Deployment) -> None:
    lines = format_deployment(deployment._replace(changes=(), applied=False))
    assert lines[-1].startswith("Nothing to change in prod in ")


def test_dry_run_names_the_command_that_applies_its_plan(deployment: Deployment) -> None:
    dry = deployment._replace(applied=False)
    assert format_deployment(dry) == ["Apply this plan with: domovoi-tf apply --stage prod"]
    assert format_deployment(dry._replace(stage="dev")) == ["Apply this plan with: domovoi-tf apply"]


def test_json_has_the_keys_that_programs_rely_on(deployment: Deployment) -> None:
    document = describe_deployment(deployment)
    assert document.pop("steps") == [{"name": "plan", "seconds": 0.0}]
    assert document == {
        "stage": "prod",
        "applied": True,
        "changes": [
            {
                "owner": {"kind": "handler", "name": "tend"},
                "address": "module.app.x",
                "type": "aws_sns_topic",
                "action": "create",
                "what": "topic",
            }
        ],
        "totals": {"add": 1, "change": 0, "destroy": 0},
        "places": [
            {"what": "log group", "name": "default", "where": "/aws/lambda/bar-dev"},
            {"what": "queue", "name": "beers", "where": "https://queue"},
        ],
    }


@pytest.fixture
def account(project: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    """A Terraform that creates the subscription of the project's handler."""
    monkeypatch.chdir(project)
    terraform.on("plan", "Plan: 1 to add.\n", code=2, files={"-out": "plan"})
    terraform.on("show -json", json.dumps(PLAN))
    terraform.on("state pull", "")
    terraform.on("output", json.dumps({"functions": {"value": {"default": {"name": "bar-dev"}}}}))
    terraform.on(
        "apply", "module.app.module.tend.aws_sns_topic_subscription.this: Creation complete after 1s\n"
    )
    return terraform


def list_commands(terraform: FakeTerraform) -> list[str]:
    return [call["args"][0] for call in terraform.calls if call["args"][0] not in ("version", "show")]


def list_plan_files(project: Path) -> list[str]:
    folder = project / "terraform" / "stages" / "dev" / ".terraform" / "domovoi-tf"
    return sorted(path.name for path in folder.glob("*"))


def test_deploy_renders_packages_plans_and_applies(
    invoke: Invoke, account: FakeTerraform, project: Path
) -> None:
    done = invoke(deploy, "--yes", "--lock-timeout", "5s")
    steps = re.findall(r"^✓ (\w+) +[0-9.]+ s(?:  (.*))?$", done.out, re.MULTILINE)
    assert [name for name, _ in steps] == ["render", "package", "init", "plan", "apply"]
    assert steps[3:] == [("plan", "1 to add, 0 to change, 0 to destroy"), ("apply", "1 of 1 done")]
    # A deployment to the emulator leaves this out, as the screens in tests/e2e show.
    assert "\nThe state of dev is a local file. To share it, configure terraform.backend in " in done.out
    assert "\n  tend  + SNS subscription\n1 to add, 0 to change, 0 to destroy.\n\n" in done.out
    *_, new, group, timings = done.out.splitlines()
    assert (done.code, new, group) == (0, "New: tend", "  log group  /aws/lambda/bar-dev")
    assert timings.startswith("Deployed dev in ")
    assert list_commands(account) == ["init", "plan", "apply", "output"]
    steps_of_terraform = ("init", "plan", "apply")
    init, plan, apply = (call["args"] for call in account.calls if call["args"][0] in steps_of_terraform)
    assert init[1:] == plan[1:3] == apply[1:3] == ["-input=false", "-no-color"]
    assert "-lock-timeout=5s" in plan
    assert "-lock-timeout=5s" in apply
    assert f"-out={apply[-1]}" in plan
    assert (project / "terraform" / "app" / "package.zip").is_file()
    assert list_plan_files(project) == []


def test_outputs_that_the_plan_knows_are_not_read_again(invoke: Invoke, account: FakeTerraform) -> None:
    outputs = {"functions": {"sensitive": False, "value": {"default": {"name": "known"}}}}
    account.on("show -json", json.dumps({**PLAN, "planned_values": {"outputs": outputs}}))
    done = invoke(deploy, "--yes")
    assert done.out.splitlines()[-2] == "  log group  /aws/lambda/known"
    assert list_commands(account) == ["init", "plan", "apply"]


def test_deployment_to_aws_warns_once_of_the_quotas_of_the_account(
    invoke: Invoke, account: FakeTerraform, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(output, "print_warning", warnings.append)
    configure(project, ABOVE_QUOTA)
    assert invoke(deploy, "--yes").code == 0
    assert [text for text in warnings if "quotas.L-B99A9384 is 1" in text] == warnings
    assert len(warnings) == 1


def test_dry_run_saves_the_plan(invoke: Invoke, account: FakeTerraform, project: Path) -> None:
    done = invoke(deploy, "--dry-run")
    assert (done.code, done.out.splitlines()[-1]) == (0, "Apply this plan with: domovoi-tf apply")
    assert "apply" not in list_commands(account)
    assert list_plan_files(project) == ["plan", "plan.json"]
    document = json.loads(invoke(deploy, "--dry-run", "--json").out)
    assert (document["applied"], document["totals"]["add"], document["places"]) == (False, 1, [])


def test_json_is_printed_alone(invoke: Invoke, account: FakeTerraform) -> None:
    document = json.loads(invoke(deploy, "--yes", "--json").out)
    assert (document["stage"], document["applied"]) == ("dev", True)
    assert [step["name"] for step in document["steps"]] == ["render", "package", "init", "plan", "apply"]
    assert document["places"] == [{"what": "log group", "name": "default", "where": "/aws/lambda/bar-dev"}]


def test_deploy_without_changes_applies_nothing(
    invoke: Invoke, account: FakeTerraform, project: Path
) -> None:
    account.on("plan", "No changes.\n", files={"-out": "plan"})
    resources = [{"mode": "managed"}]
    outputs = {"functions": {"value": {"default": {"name": "bar-dev"}}}}
    state = {"serial": 1, "lineage": "l", "resources": resources, "outputs": outputs}
    account.on("state pull", json.dumps(state))
    done = invoke(deploy)
    assert done.code == 0
    assert re.search(r"^✓ plan +[0-9.]+ s  nothing to change$", done.out, re.MULTILINE)
    assert re.search(
        r"^  log group  /aws/lambda/bar-dev\nNothing to change in dev in ", done.out, re.MULTILINE
    )
    # The state has the outputs.
    assert [command for command in list_commands(account) if command != "init"] == ["plan", "state"]
    assert "show" not in [call["args"][0] for call in account.calls]
    assert list_plan_files(project) == []


def test_deploy_needs_an_answer_and_drops_the_plan_without_one(
    invoke: Invoke, account: FakeTerraform, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    done = invoke(deploy)
    assert done.error
    assert done.error.remedy == "Add --yes to apply the plan."
    assert "apply" not in list_commands(account)
    assert list_plan_files(project) == []


def test_failed_apply_names_what_remains_and_the_next_command(
    invoke: Invoke, account: FakeTerraform, project: Path
) -> None:
    account.on("apply", err="Error: the topic is gone\n", code=1)
    done = invoke(deploy, "--yes")
    assert done.error
    assert done.error.message == "`terraform apply` failed with exit code 1:\nError: the topic is gone"
    assert done.error.remedy == (
        "The changes before the failure remain applied. Fix the cause and run `domovoi-tf deploy` again "
        "to apply the others."
    )
    assert list_plan_files(project) == []


def test_deploy_after_a_killed_one_names_the_command_that_recovers(
    invoke: Invoke, account: FakeTerraform, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr("domovoi_tf.cli.output.print_warning", warnings.append)
    data = project / "terraform" / "stages" / "dev" / ".terraform"
    data.mkdir(parents=True)
    (data / "domovoi-tf.running").touch()
    assert invoke(deploy, "--yes").code == 0
    assert [warning for warning in warnings if "killed" in warning] == [
        "the last run of Terraform for dev was killed, and its state may lack what it created. "
        "To import that, run `domovoi-tf backend recover` first."
    ]
    assert not (data / "domovoi-tf.running").exists()


def test_apply_without_an_answer_changed_nothing(
    invoke: Invoke,
    account: FakeTerraform,
    project: Path,
    silent_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domovoi_tf.operations.reachability._LIMITS", LIMITS)
    for name in ("_PATIENCE", "_LIMIT", "_INTERVAL"):
        monkeypatch.setattr(f"domovoi_tf.terraform.first_contact.{name}", 0.01)
    account.on("apply", waits=True, code=1)
    done = invoke(deploy, "--yes")
    assert (done.code, str(done.error)) == (
        1,
        f'AWS does not answer, so Terraform was stopped: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network.",
    )
    assert list_plan_files(project) == []
