"""What is wrong is said with its remedy, soon, and whatever else is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.doctor import account
from domovoi_tf.doctor import project as doctor
from domovoi_tf.doctor.project import Finding
from domovoi_tf.errors import TerraformError
from domovoi_tf.settings import Settings
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

PROGRAM = Path(sys.executable).with_name("domovoi-tf")
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
#: Nobody listens there: AWS as it is without a network.
NOBODY = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
Doctor = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "bar"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    return folder


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Doctor:
    def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"HOME": str(tmp_path / "user"), "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.run(
            [str(PROGRAM), *args],
            cwd=project,
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str, str]]:
    found = json.loads(done.stdout)["findings"]
    return {each["name"]: (each["state"], each["says"], each["remedy"]) for each in found}


def runner(path: Path, answer: object) -> Terraform:
    """A script stands for a Terraform that says this of its version."""
    path.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    path.chmod(0o755)
    return Terraform(path.parent, {}, Binary(path, "terraform"))


def test_a_new_project_is_told_what_to_run_next(run: Doctor) -> None:
    done = run("doctor", "--json")
    assert done.returncode == 1
    found = findings(done)
    assert list(found) == [
        "terraform",
        "provider",
        "app",
        "tree",
        "package",
        "region",
        "credentials",
        "backend",
        "lock",
    ]
    assert found["terraform"][0] == "ok"
    assert found["provider"] == (
        "wrong",
        "the stage dev is not initialised",
        "Run `domovoi-tf init --stage dev`.",
    )
    assert found["app"] == ("ok", "valid, 1 handler", "")
    state, says, remedy = found["tree"]
    assert (state, remedy) == ("wrong", "Run `domovoi-tf render --stage dev`.")
    assert says.startswith("stale: app/README.md, app/iam.tf, app/lambda.tf and ")
    assert found["package"] == (
        "wrong",
        "terraform/app/package.zip does not exist",
        "Run `domovoi-tf package`.",
    )
    assert found["region"] == (
        "wrong",
        "none is chosen",
        "Set AWS_REGION, or terraform.provider.region of .chalice/config.json.",
    )
    assert found["credentials"] == (
        "wrong",
        "there are none: Unable to locate credentials",
        'Set AWS_PROFILE or sign in; for the local emulator: eval "$(domovoi-tf local env)".',
    )
    assert found["backend"] == ("ok", "a local file: terraform/stages/dev/terraform.tfstate", "")
    assert found["lock"] == ("ok", "nobody holds it", "")


def test_a_tree_and_a_package_that_are_not_what_they_should_be(run: Doctor, project: Path) -> None:
    for command in ("render", "package"):
        assert run(command).returncode == 0
    found = findings(run("doctor", "--json"))
    assert (found["tree"], found["package"]) == (("ok", "as rendered", ""), ("ok", "as built", ""))

    (project / "app.py").write_text(APP.replace("...", "return 1"))
    (project / "terraform" / "app" / "sns.tf").write_text("mine\n")
    found = findings(run("doctor", "--json"))
    assert found["tree"] == (
        "wrong",
        "edited by hand: app/sns.tf",
        "Move the edit into a file of your own, or overwrite it with `domovoi-tf render --force`.",
    )
    assert found["package"] == (
        "wrong",
        "stale: the app or what it needs has changed",
        "Run `domovoi-tf package`.",
    )


def test_without_a_network_and_with_an_app_that_is_not_valid(run: Doctor, project: Path) -> None:
    backend = {"s3": {"bucket": "bar-state", "region": "eu-west-1"}}
    (project / ".chalice" / "config.json").write_text(
        json.dumps({"app_name": "bar", "terraform": {"backend": backend}})
    )
    (project / "app.py").write_text(APP + "1 / 0\n")
    done = run("doctor", AWS_REGION="eu-west-1", DOMOVOI_TF_TERRAFORM="/nowhere/terraform", **NOBODY)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        '✗ terraform    DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.\n'
        "               Set DOMOVOI_TF_TERRAFORM to the path of a Terraform program, or omit it to use "
        "the one on PATH.\n"
        "? provider     not looked at: there is no Terraform to ask\n"
        "✗ app          app.py:8: ZeroDivisionError: division by zero\n"
        "               Correct the code there. --debug shows the whole traceback.\n"
        "? tree         not looked at: the app is not valid\n"
        "? package      not looked at: the app is not valid\n"
        "✓ region       eu-west-1 (AWS_REGION)\n"
        '✗ credentials  AWS cannot be reached: Could not connect to the endpoint URL: "http://127.0.0.1:1/"\n'
        "               Check the network, the region and AWS_PROFILE.\n"
        "? backend      not looked at: there is no account to ask\n"
        "? lock         not looked at: there is no account to ask\n"
    )


def test_a_configuration_that_is_not_valid(run: Doctor, project: Path) -> None:
    (project / ".chalice" / "config.json").write_text("{")
    found = findings(run("doctor", "--json", AWS_REGION="eu-west-1"))
    assert found["app"][0] == "wrong"
    assert found["region"] == ("unknown", "not looked at: the configuration is not valid", "")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5.100.0", Finding("provider", "ok", "hashicorp/aws 5.100.0")),
        ("6.28.0", Finding("provider", "ok", "hashicorp/aws 6.28.0")),
        (
            "5.79.0",
            Finding(
                "provider",
                "wrong",
                "the AWS provider is 5.79.0; the modules are for 5.80 to 6",
                "Run `domovoi-tf init --stage dev -- -upgrade`.",
            ),
        ),
        (
            "7.0.1",
            Finding(
                "provider",
                "wrong",
                "the AWS provider is 7.0.1; the modules are for 5.80 to 6",
                "Run `domovoi-tf init --stage dev -- -upgrade`.",
            ),
        ),
    ],
)
def test_the_provider(tmp_path: Path, version: str, expected: Finding) -> None:
    answer = {"provider_selections": {"registry.terraform.io/hashicorp/aws": version}}
    assert doctor.provider(runner(tmp_path / "terraform", answer), "dev") == expected


def test_an_old_terraform_is_a_finding(tmp_path: Path) -> None:
    old = runner(tmp_path / "terraform", {"terraform_version": "1.5.0"})
    found = doctor.checked("terraform", lambda: doctor.terraform(old))
    assert (found.state, found.says) == (
        "wrong",
        f"Terraform 1.5.0 ({tmp_path / 'terraform'}) is too old: locking a remote state needs 1.10 or newer.",
    )
    with pytest.raises(TerraformError):
        doctor.terraform(old)


HOLDS_A_LOCK = """
import fcntl, sys
state = open(sys.argv[1], "r+b")
fcntl.lockf(state, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_local_lock_is_one_only_while_a_process_holds_it(tmp_path: Path) -> None:
    settings = Settings(app_name="bar", stage="dev")
    state = tmp_path / "terraform.tfstate"
    state.write_text("{}")
    lock = {
        "ID": "1-2",
        "Who": "ann@bar",
        "Operation": "OperationTypeApply",
        "Created": "2026-01-02T03:04:05Z",
    }
    (tmp_path / ".terraform.tfstate.lock.info").write_text(json.dumps(lock))
    assert account.lock(settings, tmp_path) == Finding("lock", "ok", "nobody holds it")
    holder = [sys.executable, "-c", HOLDS_A_LOCK, str(state)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        found = account.lock(settings, tmp_path)
        process.communicate()
    assert (found.state, found.remedy) == (
        "wrong",
        "Wait until they are done; where nobody works on it any more: domovoi-tf backend unlock --stage dev",
    )
    assert found.says.startswith("held by ann@bar for apply since 2026-01-02 03:04:05 UTC (")


def test_a_backend_that_is_not_known_is_not_called_wrong(tmp_path: Path) -> None:
    settings = Settings(app_name="bar", stage="dev", backend=("gcs", {"bucket": "b"}))
    assert account.backend(settings, tmp_path).state == "unknown"
    assert account.lock(settings, tmp_path).state == "unknown"


def test_the_region_that_the_provider_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own: dict[str, Any] = {"region": "eu-west-1"}
    settings = Settings(app_name="bar", stage="dev", provider=own)
    assert account.region(settings, {"AWS_REGION": "us-east-1"}).says == (
        "eu-west-1 (terraform.provider.region)"
    )
    plain = Settings(app_name="bar", stage="dev")
    both = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}
    assert account.region(plain, both).says == "us-east-1 (AWS_REGION)"
    config = tmp_path / "config"
    config.write_text("[profile ann]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "ann")
    assert account.region(plain, {}).says == "eu-north-1 (the profile's)"
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert account.region(plain, {}) == Finding(
        "region",
        "wrong",
        "The config profile (gone) could not be found",
        "Check AWS_PROFILE and ~/.aws/config.",
    )
