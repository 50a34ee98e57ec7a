"""Every problem is reported with its remedy, quickly, and independently of other problems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_server import run_command

from domovoi_tf import __version__
from domovoi_tf.doctor import account
from domovoi_tf.doctor import project as doctor
from domovoi_tf.doctor.project import Finding
from domovoi_tf.errors import TerraformError
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION
from domovoi_tf.settings import Settings
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
#: No server listens there: it is like an emulator that has ended.
UNREACHABLE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
}
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
        overrides = {"HOME": str(tmp_path / "user"), "AWS_EC2_METADATA_DISABLED": "true"}
        variables = {**os.environ, **overrides, **environment}
        return subprocess.CompletedProcess(args, *run_command(args, project, variables))

    return run


def read_findings(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str, str]]:
    findings = json.loads(done.stdout)["findings"]
    return {each["name"]: (each["state"], each["says"], each["remedy"]) for each in findings}


def make_terraform(path: Path, document: object) -> Terraform:
    """Returns a Terraform whose program is a script that prints this JSON document."""
    path.write_text(f"#!/bin/sh\necho '{json.dumps(document)}'\n")
    path.chmod(0o755)
    return Terraform(path.parent, {}, Binary(path, "terraform"))


def test_findings_for_a_new_project_name_the_next_commands(run: Doctor) -> None:
    done = run("doctor", "--json")
    assert done.returncode == 1
    findings = read_findings(done)
    assert list(findings) == [
        "terraform",
        "provider",
        "app",
        "tree",
        "package",
        "emulator",
        "region",
        "credentials",
        "backend",
        "lock",
    ]
    assert findings["terraform"][0] == "ok"
    assert findings["provider"] == (
        "wrong",
        "the stage dev is not initialised",
        "Run `domovoi-tf init`.",
    )
    assert findings["app"] == ("ok", "valid, 1 handler", "")
    state, says, remedy = findings["tree"]
    assert (state, remedy) == ("wrong", "Run `domovoi-tf render`.")
    assert says.startswith("stale: app/README.md, app/iam.tf, app/lambda.tf and ")
    assert findings["package"] == (
        "wrong",
        "terraform/app/package.zip does not exist",
        "Run `domovoi-tf package`.",
    )
    # Whether the configured version is installed depends on the machine.
    state, says, remedy = findings["emulator"]
    assert (state, bool(remedy)) in (("ok", False), ("unknown", True))
    assert "functions run under Python 3." in says
    assert findings["region"] == (
        "wrong",
        "no Region is set",
        "Set AWS_REGION, or terraform.provider.region in .chalice/config.json.",
    )
    assert findings["credentials"] == (
        "wrong",
        "There are no AWS credentials",
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local emulator add "
        '--emulator, or run eval "$(domovoi-tf local env)".',
    )
    assert findings["backend"] == ("ok", "a local file: terraform/stages/dev/terraform.tfstate", "")
    assert findings["lock"] == ("ok", "not held", "")


def test_edited_tree_and_stale_package_are_wrong(run: Doctor, project: Path) -> None:
    for command in ("render", "package"):
        assert run(command).returncode == 0
    findings = read_findings(run("doctor", "--json"))
    assert findings["tree"] == ("ok", f"up to date, rendered by domovoi-tf {__version__}", "")
    assert findings["package"] == ("ok", "up to date", "")

    (project / "app.py").write_text(APP.replace("...", "return 1"))
    (project / "terraform" / "app" / "sns.tf").write_text("mine\n")
    findings = read_findings(run("doctor", "--json"))
    assert findings["tree"] == (
        "wrong",
        "edited by hand: app/sns.tf",
        "Move the edits into a file of your own, or overwrite them with `domovoi-tf render --force`.",
    )
    assert findings["package"] == (
        "wrong",
        "stale: the app or its dependencies have changed",
        "Run `domovoi-tf package`.",
    )


@pytest.mark.parametrize("setting", [None, True])
def test_package_without_bytecode_is_stale_only_after_a_change(
    run: Doctor, project: Path, setting: bool | None
) -> None:
    config = {"app_name": "bar", "python_version": OWN_VERSION, "package_bytecode": setting}
    (project / ".chalice" / "config.json").write_text(
        json.dumps({key: value for key, value in config.items() if value is not None})
    )
    for command in (["render"], ["package"], ["package", "--no-bytecode"]):
        assert run(*command).returncode == 0
    assert read_findings(run("doctor", "--json"))["package"] == ("ok", "up to date", "")
    (project / "app.py").write_text(APP.replace("...", "return 1"))
    says = "stale: the app or its dependencies have changed"
    assert read_findings(run("doctor", "--json"))["package"] == ("wrong", says, "Run `domovoi-tf package`.")


def test_findings_without_network_and_with_invalid_app(run: Doctor, project: Path) -> None:
    backend = {"s3": {"bucket": "bar-state", "region": "eu-west-1"}}
    (project / ".chalice" / "config.json").write_text(
        json.dumps({"app_name": "bar", "terraform": {"backend": backend}})
    )
    (project / "app.py").write_text(APP + "1 / 0\n")
    done = run("doctor", AWS_REGION="eu-west-1", DOMOVOI_TF_TERRAFORM="/nowhere/terraform", **UNREACHABLE)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        '✗ terraform    DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.\n'
        "               Set DOMOVOI_TF_TERRAFORM to the path of a Terraform program, or omit it to use "
        "the one on PATH.\n"
        "? provider     not checked: there is no usable Terraform\n"
        "✗ app          app.py:8: ZeroDivisionError: division by zero\n"
        "               Correct the code there. --debug shows the whole traceback.\n"
        "? tree         not checked: the app is not valid\n"
        "? package      not checked: the app is not valid\n"
        "✓ region       eu-west-1 (AWS_REGION)\n"
        "✗ credentials  AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:1\n"
        '               Start it with `domovoi-tf local up`, then run eval "$(domovoi-tf local env)" in this '
        "shell. To use AWS instead, open a new shell.\n"
        "? backend      not checked: the credentials are not usable\n"
        "? lock         not checked: the credentials are not usable\n"
    )


def test_invalid_configuration_is_a_finding(run: Doctor, project: Path) -> None:
    (project / ".chalice" / "config.json").write_text("{")
    findings = read_findings(run("doctor", "--json", AWS_REGION="eu-west-1"))
    assert findings["app"][0] == "wrong"
    assert findings["region"] == ("unknown", "not checked: the configuration is not valid", "")


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
                "the AWS provider has version 5.79.0, but the modules need 5.80 to 6.x",
                "Run `domovoi-tf init -- -upgrade`.",
            ),
        ),
        (
            "7.0.1",
            Finding(
                "provider",
                "wrong",
                "the AWS provider has version 7.0.1, but the modules need 5.80 to 6.x",
                "Run `domovoi-tf init -- -upgrade`.",
            ),
        ),
    ],
)
def test_provider_version(tmp_path: Path, version: str, expected: Finding) -> None:
    answer = {"provider_selections": {"registry.terraform.io/hashicorp/aws": version}}
    assert doctor.check_provider(make_terraform(tmp_path / "terraform", answer), "dev") == expected


def test_old_terraform_is_a_finding(tmp_path: Path) -> None:
    old = make_terraform(tmp_path / "terraform", {"terraform_version": "1.5.0"})
    finding = doctor.run_check("terraform", lambda: doctor.check_terraform(old))
    assert (finding.state, finding.says) == (
        "wrong",
        f"Terraform 1.5.0 ({tmp_path / 'terraform'}) is too old: locking a remote state needs 1.10 or newer.",
    )
    with pytest.raises(TerraformError):
        doctor.check_terraform(old)


HOLDS_A_LOCK = """
import fcntl, sys
state = open(sys.argv[1], "r+b")
fcntl.lockf(state, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_local_lock_is_held_only_by_a_live_process(tmp_path: Path) -> None:
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
    assert account.check_lock(settings, tmp_path) == Finding("lock", "ok", "not held")
    holder = [sys.executable, "-c", HOLDS_A_LOCK, str(state)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        finding = account.check_lock(settings, tmp_path)
        process.communicate()
    assert (finding.state, finding.remedy) == (
        "wrong",
        "Wait until they are done. If nobody works on it any more, remove the lock: "
        "domovoi-tf backend unlock",
    )
    assert finding.says.startswith("held by ann@bar for apply since 2026-01-02 03:04:05 UTC (")


def test_unsupported_backend_is_unknown(tmp_path: Path) -> None:
    settings = Settings(app_name="bar", stage="dev", backend=("gcs", {"bucket": "b"}))
    assert account.check_backend(settings, tmp_path).state == "unknown"
    assert account.check_lock(settings, tmp_path).state == "unknown"


def test_region_is_found_where_the_provider_searches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider: dict[str, Any] = {"region": "eu-west-1"}
    settings = Settings(app_name="bar", stage="dev", provider=provider)
    assert account.check_region(settings, {"AWS_REGION": "us-east-1"}).says == (
        "eu-west-1 (terraform.provider.region)"
    )
    plain = Settings(app_name="bar", stage="dev")
    both = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}
    assert account.check_region(plain, both).says == "us-east-1 (AWS_REGION)"
    config = tmp_path / "config"
    config.write_text("[profile ann]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "ann")
    assert account.check_region(plain, {}).says == "eu-north-1 (AWS profile)"
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert account.check_region(plain, {}) == Finding(
        "region",
        "wrong",
        "There is no AWS profile gone",
        "Check AWS_PROFILE, and `profile` in .chalice/config.json. The profiles of this machine are in "
        "~/.aws/config and ~/.aws/credentials.",
    )
