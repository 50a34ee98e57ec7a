"""`local deploy`, with programs in place of the emulator and of Terraform."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fake_aws import FakeAws, FakeS3
from fake_terraform import FakeTerraform

from domovoi_tf.cli import output
from domovoi_tf.cli.deployment.local import local
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator

from ..conftest import ABOVE_QUOTA, Invoke

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
    terraform.on(
        "plan", "Refreshing\nPlan: 3 to add, 0 to change, 0 to destroy.\n", code=2, files={"-out": "plan"}
    )
    terraform.on("show -json", json.dumps({"resource_changes": [create("tend", "aws_lambda_function")]}))
    terraform.on("output", "{}")
    terraform.on("state pull", "")
    terraform.on("apply", "module.app.module.tend.aws_lambda_function.this: Creation complete after 1s\n")
    aws.on("sns", "CreateTopic", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:orders"})
    aws.on("s3", "ListBuckets", lambda: {"Buckets": [{"Name": name} for name in s3.buckets]})
    return folder


def create(name: str, kind: str, **after: str) -> dict[str, Any]:
    """Returns the creation of a resource in a plan."""
    return {
        "address": f"module.app.module.{name}.{kind}.this",
        "module_address": f"module.app.module.{name}",
        "mode": "managed",
        "type": kind,
        "name": "this",
        "change": {"actions": ["create"], "before": None, "after": after},
    }


def list_steps(text: str) -> list[tuple[str, str]]:
    """Returns the names and results of the steps."""
    return re.findall(r"^✓ (\w+) +[0-9.]+ s(?:  (.*))?$", text, re.MULTILINE)


def configure(project: Path, **more: Any) -> None:
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", **more}))


def test_app_is_rendered_packaged_planned_and_applied_at_the_emulator(
    invoke: Invoke, terraform: FakeTerraform, aws: FakeAws, s3: FakeS3, project: Path
) -> None:
    code, text, _ = invoke(local, "deploy")
    assert code == 0
    render, package, *steps = list_steps(text)
    assert (render[0], package[0]) == ("render", "package")
    assert steps == [
        ("emulator", "http://127.0.0.1:4566"),
        ("init", ""),
        ("plan", "1 to add, 0 to change, 0 to destroy"),
        ("apply", "1 of 1 done"),
    ]
    assert text.splitlines()[-2:] == [
        "Next: domovoi-tf local send tend",
        "      domovoi-tf local logs -f",
    ]
    assert (project / "terraform" / "stages" / "dev" / "main.tf").is_file()
    plan, apply = (call for call in terraform.calls if call["args"][0] in ("plan", "apply"))
    assert plan["AWS_ENDPOINT_URL"] == apply["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    [out] = [each for each in plan["args"] if each.startswith("-out=")]
    assert apply["args"][-1] == out.removeprefix("-out=")
    assert not Path(apply["args"][-1]).exists()
    assert aws.made("CreateTopic") == [{"Name": "orders"}]
    assert s3.buckets == {}


def test_quotas_of_the_account_do_not_matter(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(output, "print_warning", warnings.append)
    configure(project, **ABOVE_QUOTA)
    assert invoke(local, "deploy").code == 0
    assert warnings == []


def test_nothing_is_applied_without_changes(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("plan", "No changes.\n")
    done = invoke(local, "deploy", "--stage", "test")
    assert list_steps(done.out)[-1] == ("plan", "nothing to change")
    *_, result, send, logs = done.out.splitlines()
    assert result.startswith("Nothing to change in test in ")
    assert (send, logs) == (
        "Next: domovoi-tf local send tend --stage test",
        "      domovoi-tf local logs -f --stage test",
    )
    assert not any(command.startswith("apply") for command in terraform.commands)


def test_suggested_commands_name_the_project(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    done = invoke(local, "deploy", "bar", "--out", "bar/tree", "--dry-run")
    assert done.out.splitlines()[-1] == "Apply this plan with: domovoi-tf local apply -C bar --out tree"


def test_local_state_is_kept_apart_from_that_of_the_stage(
    invoke: Invoke, terraform: FakeTerraform, tmp_path: Path
) -> None:
    invoke(local, "deploy")
    initialisation = next(call for call in terraform.calls if call["args"][0] == "init")
    assert (
        initialisation["TF_CLI_ARGS_init"] == f"-backend-config=path={tmp_path / 'home' / 'bar-dev'}.tfstate"
    )
    assert initialisation["TF_DATA_DIR"] == f"{tmp_path / 'home' / 'bar-dev'}.terraform"


def test_missing_sources_are_created_in_the_region_of_the_stage(
    invoke: Invoke, aws: FakeAws, project: Path
) -> None:
    configure(project, terraform={"provider": {"region": "eu-west-1"}})
    assert invoke(local, "deploy").code == 0
    assert [client[1] for client in aws.clients if client[0] == "sns"] == ["eu-west-1"]


def test_state_bucket_is_created_at_the_emulator(
    invoke: Invoke, terraform: FakeTerraform, aws: FakeAws, s3: FakeS3, project: Path, tmp_path: Path
) -> None:
    backend = {"s3": {"bucket": "bar-states", "key": "bar", "region": "us-east-1"}}
    configure(project, terraform={"backend": backend})
    code, _, _ = invoke(local, "deploy")
    assert code == 0
    assert [*s3.buckets] == ["bar-states"]
    assert {endpoint for _, _, endpoint, _ in aws.clients} == {"http://127.0.0.1:4566"}
    initialisation = next(call for call in terraform.calls if call["args"][0] == "init")
    assert initialisation["args"][1:] == ["-input=false", "-no-color", "-migrate-state", "-force-copy"]
    assert initialisation["TF_DATA_DIR"] == f"{tmp_path / 'home' / 'bar-dev'}.terraform"
    assert "TF_CLI_ARGS_init" not in initialisation


def test_upload_bucket_is_created_once(invoke: Invoke, aws: FakeAws, s3: FakeS3, project: Path) -> None:
    configure(project, package_s3={"bucket": "bar-packages"})
    for _ in range(2):
        assert invoke(local, "deploy").code == 0
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
    assert invoke(local, "deploy").code == 0
    plan = next(call for call in terraform.calls if call["args"][0] == "plan")
    assert plan["TF_VAR_alb_listener_arn"] == (listener or "arn:of:local-bar-dev")


def test_failed_apply_has_the_exit_code_of_terraform(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("apply", code=3)
    assert invoke(local, "deploy").code == 3


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
    creation = create("lambda", "aws_lambda_function", function_name="bar-dev")
    # The state of the plan after the imports.
    state_of_plan = {"root_module": {"resources": [{"mode": "managed", "type": "x", "values": {}}]}}
    plan = {"resource_changes": [creation], "prior_state": {"values": state_of_plan}}
    terraform.on("show -json", json.dumps(plan))
    terraform.on("plan -input=false -no-color -out", files={"-out": "plan"})
    terraform.on("import")
    aws.on("lambda", "GetFunctionConfiguration", {"FunctionName": "bar-dev"})
    code, text, _ = invoke(local, "deploy")
    assert (code, mark.exists(), state.exists()) == (0, False, False)
    assert list_steps(text)[3:5] == [
        ("init", ""),
        ("recover", "the last deployment was killed: 4 resources imported"),
    ]
    imports = [call for call in terraform.calls if call["args"][0] == "import"]
    assert {call["AWS_ENDPOINT_URL"] for call in imports} == {"http://127.0.0.1:4566"}
    assert imports[0]["args"][-2:] == ["module.app.module.lambda.aws_lambda_function.this", "bar-dev"]
    terraform.forget()
    assert "recover" not in invoke(local, "deploy").out
    assert not any(command.startswith("import") for command in terraform.commands)


def test_deployment_after_one_that_failed_imports_nothing(invoke: Invoke, terraform: FakeTerraform) -> None:
    """Terraform has written into the state whatever it created before it failed."""
    terraform.on("apply", code=1)
    assert invoke(local, "deploy").code == 1
    terraform.on("apply")
    done = invoke(local, "deploy")
    assert (done.code, "recover" in done.out) == (0, False)


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
    done = invoke(local, "deploy")
    assert (done.code, "recover" in done.out) == (0, False)
    assert [mark.exists() for mark in marks] == [True, True]


def test_lock_error_names_the_command_for_the_emulator(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on(
        "plan",
        err="Error: Error acquiring the state lock\n\nLock Info:\n  ID:        5e2c\n  Who:       me@bar\n",
        code=1,
    )
    code, _, error = invoke(local, "deploy")
    assert (code, str(error)) == (
        1,
        "The state of dev is locked by me@bar; lock 5e2c.\n"
        "Nothing was changed. Try again when they are done; plan, apply, deploy, drift and destroy can wait "
        "with --lock-timeout 10m. If nobody works on it any more, remove the lock: "
        "domovoi-tf local backend unlock",
    )
