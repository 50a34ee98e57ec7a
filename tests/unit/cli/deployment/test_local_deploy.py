"""`local deploy`, with programs in place of the emulator and of Terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_aws import FakeAws, FakeS3
from fake_terraform import FakeTerraform

from domovoi_tf.cli.deployment import local_deploy
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator

from ..conftest import Invoke

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("orders", create=False)
def tend(event, context): ...
"""


@pytest.fixture
def s3(aws: FakeAws) -> FakeS3:
    return FakeS3(aws)


@pytest.fixture(autouse=True)
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform, aws: FakeAws, s3: FakeS3
) -> Path:
    """A project that uses an existing topic."""
    folder = tmp_path / "bar"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    configure(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    log = tmp_path / "home" / "emulator.log"
    monkeypatch.setattr(emulator, "start", lambda: Emulator("http://127.0.0.1:4566", 7, 4566, log))
    terraform.on("plan", "Refreshing\nPlan: 3 to add, 0 to change, 0 to destroy.\n", files={"-out": "plan"})
    terraform.on("apply")
    aws.on("sns", "CreateTopic", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:orders"})
    aws.on("s3", "ListBuckets", lambda: {"Buckets": [{"Name": name} for name in s3.buckets]})
    return folder


def configure(project: Path, **more: Any) -> None:
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", **more}))


def test_app_is_rendered_packaged_planned_and_applied_at_the_emulator(
    invoke: Invoke, terraform: FakeTerraform, aws: FakeAws, s3: FakeS3, project: Path
) -> None:
    code, text, _ = invoke(local_deploy.deploy)
    assert code == 0
    assert [line for line in text.splitlines() if line.startswith(("==>", "Plan", "Refresh"))] == [
        "==> render",
        "==> package",
        "==> terraform init",
        "==> terraform plan at http://127.0.0.1:4566",
        "Plan: 3 to add, 0 to change, 0 to destroy.",
        "==> terraform apply at http://127.0.0.1:4566",
    ]
    assert "terraform/app/package.zip: " in text
    assert (project / "terraform" / "stages" / "dev" / "main.tf").is_file()
    plan, apply = terraform.calls[-2:]
    assert plan["AWS_ENDPOINT_URL"] == apply["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    [out] = [each for each in plan["args"] if each.startswith("-out=")]
    assert apply["args"][-1] == out.removeprefix("-out=")
    assert not Path(apply["args"][-1]).exists()
    assert aws.made("CreateTopic") == [{"Name": "orders"}]
    assert s3.buckets == {}


def test_plan_without_changes_is_applied_all_the_same(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("plan", "Reading\nNo changes. Your infrastructure matches.\n", files={"-out": "plan"})
    assert "\nNo changes. Your infrastructure matches.\n" in invoke(local_deploy.deploy).out
    assert terraform.calls[-1]["args"][0] == "apply"


def test_plan_without_totals_is_printed(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("plan", "Changes to Outputs:\n  + a = 1\n", files={"-out": "plan"})
    assert "\nChanges to Outputs:\n  + a = 1\n" in invoke(local_deploy.deploy).out


def test_local_state_is_kept_apart_from_that_of_the_stage(
    invoke: Invoke, terraform: FakeTerraform, tmp_path: Path
) -> None:
    invoke(local_deploy.deploy)
    initialisation = next(call for call in terraform.calls if call["args"][0] == "init")
    assert f"-backend-config=path={tmp_path / 'home' / 'bar-dev'}.tfstate" in initialisation["args"]
    assert initialisation["TF_DATA_DIR"] == f"{tmp_path / 'home' / 'bar-dev'}.terraform"


def test_state_bucket_is_created_at_the_emulator(
    invoke: Invoke, terraform: FakeTerraform, aws: FakeAws, s3: FakeS3, project: Path
) -> None:
    backend = {"s3": {"bucket": "bar-states", "key": "bar", "region": "us-east-1"}}
    configure(project, terraform={"backend": backend})
    code, text, _ = invoke(local_deploy.deploy)
    assert code == 0
    assert "==> state bucket at http://127.0.0.1:4566\n" in text
    assert "bar-states: ready.\n" in text
    assert [*s3.buckets] == ["bar-states"]
    assert {endpoint for _, _, endpoint, _ in aws.clients} == {"http://127.0.0.1:4566"}
    initialisation = next(call for call in terraform.calls if call["args"][0] == "init")
    assert initialisation["args"] == ["init", "-input=false"]
    assert "TF_DATA_DIR" not in initialisation


def test_upload_bucket_is_created_once(invoke: Invoke, aws: FakeAws, s3: FakeS3, project: Path) -> None:
    configure(project, package_s3={"bucket": "bar-packages"})
    for _ in range(2):
        assert invoke(local_deploy.deploy).code == 0
        assert [*s3.buckets] == ["bar-packages"]
    assert len(aws.made("CreateBucket")) == 1


@pytest.mark.parametrize("listener", [None, "arn:of:the:user"])
def test_variables_of_the_user_are_kept(
    invoke: Invoke,
    terraform: FakeTerraform,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    listener: str | None,
) -> None:
    """The load balancer that the app refers to is created, unless the user names another one."""
    (project / "app.py").write_text(
        "from domovoi_tf import Domovoi\n\napp = Domovoi()\n\n\n"
        "@app.alb_target('/beers')\ndef serve(event, context): ...\n"
    )
    monkeypatch.setattr("domovoi_tf.triggers.alb.ensure_listener", lambda _, name: f"arn:of:{name}")
    if listener:
        monkeypatch.setenv("TF_VAR_alb_listener_arn", listener)
    assert invoke(local_deploy.deploy).code == 0
    plan = next(call for call in terraform.calls if call["args"][0] == "plan")
    assert plan["TF_VAR_alb_listener_arn"] == (listener or "arn:of:local-bar-dev")


def test_failed_apply_has_the_exit_code_of_terraform(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("apply", code=3)
    assert invoke(local_deploy.deploy).code == 3


@pytest.mark.parametrize("leaves", ["a mark", "a broken state", "both"])
def test_deployment_after_a_killed_one_imports_what_exists(
    invoke: Invoke, terraform: FakeTerraform, tmp_path: Path, aws: FakeAws, leaves: str
) -> None:
    mark = tmp_path / "home" / "bar-dev.terraform" / "domovoi-tf.running.endpoint"
    state = tmp_path / "home" / "bar-dev.tfstate"
    mark.parent.mkdir(parents=True)
    if leaves != "a broken state":
        mark.touch()
    if leaves != "a mark":
        state.write_text('{"version": 4, "res')
    creation = {
        "address": "module.app.module.lambda.aws_lambda_function.this",
        "type": "aws_lambda_function",
        "change": {"actions": ["create"], "after": {"function_name": "bar-dev"}},
    }
    terraform.on("show -json", json.dumps({"resource_changes": [creation]}))
    terraform.on("import")
    aws.on("lambda", "GetFunctionConfiguration", {"FunctionName": "bar-dev"})
    code, text, _ = invoke(local_deploy.deploy)
    assert (code, mark.exists(), state.exists()) == (0, False, False)
    steps = text[text.index("==> terraform init") :].splitlines()[:3]
    assert steps == [
        "==> terraform init",
        "==> the last deployment did not finish: looking for its resources at http://127.0.0.1:4566",
        "import  module.app.module.lambda.aws_lambda_function.this  bar-dev",
    ]
    imports = [call for call in terraform.calls if call["args"][0] == "import"]
    assert {call["AWS_ENDPOINT_URL"] for call in imports} == {"http://127.0.0.1:4566"}
    assert imports[0]["args"][-2:] == ["module.app.module.lambda.aws_lambda_function.this", "bar-dev"]
    terraform.forget()
    assert "did not finish" not in invoke(local_deploy.deploy).out
    assert not any(command.startswith("import") for command in terraform.commands)


def test_deployment_after_one_that_failed_imports_nothing(invoke: Invoke, terraform: FakeTerraform) -> None:
    """Terraform has written into the state whatever it created before it failed."""
    terraform.on("apply", code=1)
    assert invoke(local_deploy.deploy).code == 1
    terraform.on("apply")
    done = invoke(local_deploy.deploy)
    assert (done.code, "did not finish" in done.out) == (0, False)


def test_marks_of_aws_and_of_an_earlier_version_are_left_alone(
    invoke: Invoke, project: Path, tmp_path: Path, s3: FakeS3
) -> None:
    backend = {"s3": {"bucket": "bar-states", "key": "bar", "region": "us-east-1"}}
    configure(project, terraform={"backend": backend})
    marks = [
        project / "terraform" / "stages" / "dev" / ".terraform" / "domovoi-tf.running",
        tmp_path / "home" / "bar-dev.unfinished",
    ]
    for mark in marks:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    done = invoke(local_deploy.deploy)
    assert (done.code, "did not finish" in done.out) == (0, False)
    assert [mark.exists() for mark in marks] == [True, True]


def test_lock_error_names_the_command_for_the_emulator(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on(
        "plan",
        err="Error: Error acquiring the state lock\n\nLock Info:\n  ID:        5e2c\n  Who:       me@bar\n",
        code=1,
    )
    code, _, error = invoke(local_deploy.deploy)
    assert (code, str(error)) == (
        1,
        "The state of dev is locked by me@bar; lock 5e2c.\n"
        "Wait until that deployment has ended. If its process was killed, and the state is in the emulator's "
        'S3, remove the lock: eval "$(domovoi-tf local env)"; domovoi-tf backend unlock --stage dev',
    )
