"""Tests `backend create`, `status`, `unlock` and `migrate` without a deployed stage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import CommandLine

pytestmark = pytest.mark.emulator
BUCKET = "typed-states"
APP = """\
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.scheduled_function("rate(1 day)")
def tick(event): ...
"""
CHANGES = """\
  {0}create{1} the bucket typed-states in us-east-1
  {0}{2} versioning on
  {0}block{1} public access
  {0}{3} requests without TLS
  {0}expire{4} old versions after 90 days, unfinished uploads after 7
"""
REST = """\

backend.tf, as `domovoi-tf render` writes it:

terraform {
  backend "s3" {
    bucket       = "typed-states"
    encrypt      = true
    key          = "typed/dev/terraform.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
}

IAM policy for deploying with this bucket:

"""


@pytest.fixture
def project(tmp_path: Path, emulator: emulator_environment.Emulator) -> Path:
    # The stage of this name has one data folder at the emulator, of whichever project.
    shutil.rmtree(emulator.log.parent / "typed-dev.terraform", ignore_errors=True)
    configure(tmp_path, {"s3": {"bucket": BUCKET}})
    return tmp_path


def configure(project: Path, backend: dict[str, Any] | None) -> None:
    more = {"terraform": {"backend": backend}} if backend else {}
    (project / ".chalice").mkdir(exist_ok=True)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "typed", **more}))


def test_create_makes_the_bucket_that_status_reports_missing(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    missing = command_line("backend", "status", cwd=project)
    assert (missing.code, missing.out) == (
        1,
        "state   s3://typed-states/typed/dev/terraform.tfstate\n"
        "        none yet: nothing was deployed\n"
        "bucket  typed-states in us-east-1, account 000000000000\n"
        "        does not exist: run `domovoi-tf backend create`\n"
        "lock    free\n",
    )
    assert command_line("backend", "unlock", cwd=project).out == "The state of dev is not locked.\n"

    dry = command_line("backend", "create", "--dry-run", cwd=project)
    would = CHANGES.format("would ", "", "turn", "deny", "")
    assert dry.out.startswith(f"{would}typed-states: not changed because of --dry-run.\n{REST}{{\n")
    s3 = emulator_environment.create_client(emulator, "s3")
    assert BUCKET not in [each["Name"] for each in s3.list_buckets()["Buckets"]]

    done = command_line("backend", "create", cwd=project)
    did = CHANGES.format("", "d", "turned", "denied", "d").replace("blockd", "blocked")
    assert done.out.startswith(f"{did}typed-states: ready.\n{REST}{{\n")
    policy = json.loads(done.out.partition("with this bucket:\n\n")[2])
    assert [each["Sid"] for each in policy["Statement"]] == ["StateBucket", "State", "StateLock"]

    again = json.loads(command_line("backend", "create", "--json", cwd=project).out)
    assert again == {
        "bucket": BUCKET,
        "region": "us-east-1",
        "changes": [],
        "dry_run": False,
        "kms_key": None,
        "backend_tf": REST.split("writes it:\n\n")[1].partition("\nIAM")[0],
        "policy": policy,
        "app_policy": None,
        "plan_policy": {
            "Version": "2012-10-17",
            "Statement": [
                policy["Statement"][0],
                {**policy["Statement"][1], "Action": ["s3:GetObject"]},
            ],
        },
    }
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    lacking = command_line("backend", "status", cwd=project)
    assert lacking.code == 1
    assert "        to do: turn versioning on\n        run `domovoi-tf backend create`\n" in lacking.out


def test_create_encrypts_with_a_kms_key(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    configure(project, {"s3": {"bucket": "typed-with-key"}})
    kms = emulator_environment.create_client(emulator, "kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/typed", TargetKeyId=arn)
    done = command_line("backend", "create", "--kms-key", "alias/typed", cwd=project)
    assert f"  turned encryption on, with the key {arn}\n" in done.out
    assert (
        f'Add "kms_key_id": "{arn}" to terraform.backend.s3 in .chalice/config.json.\n'
        "  Without it, S3 encrypts the state with AES256, whatever the bucket's default encryption is.\n"
    ) in done.out
    assert f'    kms_key_id   = "{arn}"\n' in done.out
    assert '"kms:GenerateDataKey"' in done.out

    # The key of the configuration leaves the bucket's alone, one that is asked for takes its place.
    other = kms.create_key()["KeyMetadata"]["Arn"]
    configure(project, {"s3": {"bucket": "typed-with-key", "kms_key_id": other}})
    kept = command_line("backend", "create", cwd=project)
    assert kept.out.startswith("typed-with-key: nothing to change.\n")
    changed = command_line("backend", "create", "--kms-key", other, "--json", cwd=project)
    assert json.loads(changed.out)["changes"] == [f"turned encryption on, with the key {other}"]

    kms.disable_key(KeyId=other)
    refused = command_line("backend", "create", "--kms-key", other, cwd=project)
    assert refused.err == (
        f"Error: The KMS key {other} cannot encrypt the state: "
        "its state is Disabled and its usage is ENCRYPT_DECRYPT.\n"
        "Use an enabled symmetric encryption key in the bucket's region.\n"
    )


@pytest.mark.terraform
def test_locks_in_a_file_and_in_a_table_are_shown_and_released(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    bucket, key = "typed-two-locks", "typed/dev/terraform.tfstate"
    configure(project, {"s3": {"bucket": bucket, "dynamodb_table": "typed-locks"}})
    assert command_line("backend", "create", cwd=project).code == 0
    missing = command_line("backend", "status", cwd=project)
    assert missing.err.startswith(
        "Error: The DynamoDB table typed-locks, in which Terraform locks the state,"
    )
    table = emulator_environment.create_client(emulator, "dynamodb")
    table.create_table(
        TableName="typed-locks",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    s3 = emulator_environment.create_client(emulator, "s3")
    info = json.dumps({"ID": "8c1f", "Operation": "OperationTypeApply", "Who": "ada@workshop"})
    held, free = "held by ada@workshop for apply; lock 8c1f", "free"
    for in_file in (True, False):
        if in_file:
            s3.put_object(Bucket=bucket, Key=f"{key}.tflock", Body=info.encode())
        item = {"LockID": {"S": f"{bucket}/{key}"}, "Info": {"S": info}}
        table.put_item(TableName="typed-locks", Item=item)
        status = command_line("backend", "status", cwd=project)
        assert (status.code, status.out.partition("lock    ")[2].splitlines()[:2]) == (
            3,
            [
                f"file beside the state: {held if in_file else free}",
                f"        DynamoDB table typed-locks: {held}",
            ],
        )
        unlocked = command_line("backend", "unlock", "--yes", cwd=project)
        assert (unlocked.code, "The state of dev is unlocked." in unlocked.out) == (0, True), unlocked
        assert command_line("backend", "status", cwd=project).code == 0


ARGUMENTS = "-backend-config=bucket=typed-given -backend-config=region=us-east-1"
LOCATION = "s3://typed-given/typed/dev/terraform.tfstate"


@pytest.mark.parametrize("override", [False, True])
def test_partial_backend_is_completed_by_arguments_of_init(
    override: bool, project: Path, command_line: CommandLine
) -> None:
    (project / "app.py").write_text(APP)
    configure(project, None if override else {"s3": {}})
    arguments = ARGUMENTS
    if override:
        root = project / "terraform" / "stages" / "dev"
        root.mkdir(parents=True)
        (root / "backend_override.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
        (project / "state.hcl").write_text('bucket = "typed-given"\nkey = "typed/dev/terraform.tfstate"\n')
        arguments = "-backend-config=../../../state.hcl -backend-config=region=us-east-1"
    rendered = command_line("render", cwd=project)
    assert (rendered.code, "local file" in rendered.out) == (0, False)
    unknown = command_line("backend", "status", cwd=project)
    assert (unknown.code, unknown.err.splitlines()[0]) == (1, "Error: The s3 backend has no bucket name.")
    given = {"TF_CLI_ARGS_init": arguments}
    created = command_line("backend", "create", cwd=project, **given)
    assert created.code == 0
    assert "\nThe backend, with the arguments that `terraform init` gets in another way:\n" in created.out
    assert command_line("backend", "status", cwd=project, **given).out.startswith(f"state   {LOCATION}\n")
    initialised = command_line("init", cwd=project, **given)
    assert initialised.code == 0, initialised
    status = command_line("backend", "status", cwd=project)
    assert (status.code, status.out.splitlines()[0]) == (0, f"state   {LOCATION}")
    findings = json.loads(command_line("doctor", "--json", cwd=project).out)["findings"]
    states = {finding["name"]: finding["says"] for finding in findings}
    assert (states["backend"], states["lock"]) == (LOCATION, "not held")


def test_status_and_unlock_of_a_local_state(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    configure(project, None)
    status = command_line("backend", "status", cwd=project)
    path = emulator.log.parent / "typed-dev.tfstate"
    assert (status.code, status.out) == (
        0,
        f"state   {path}\n        none yet: nothing was deployed\nlock    free\n",
    )
    assert command_line("backend", "unlock", cwd=project).out == "The state of dev is not locked.\n"


def test_migrate_rejects_backends_that_it_cannot_move_to(
    project: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    (project / "app.py").write_text(
        "from domovoi_tf import Domovoi\napp = Domovoi()\n"
        '@app.scheduled_function("rate(1 hour)")\ndef tick(event, context): ...\n'
    )
    configure(project, {"cloud": {"organization": "bar", "workspaces": {"name": "bar"}}})
    done = command_line("backend", "migrate", cwd=project)
    assert (done.code, done.err) == (
        1,
        "Error: A state in HCP Terraform can only be migrated in a dialog with Terraform.\n"
        "Run `domovoi-tf render`, then `domovoi-tf init` in a terminal.\n",
    )
    configure(project, {"s3": {"bucket": "typed-nowhere"}})
    assert command_line("backend", "migrate", cwd=project).err == (
        "Error: The bucket typed-nowhere does not exist.\nRun `domovoi-tf backend create` first.\n"
    )
    configure(project, {"local": {"path": "elsewhere.tfstate"}})
    # At the emulator, each local backend has the same file.
    assert command_line("backend", "migrate", cwd=project).err == (
        f"Error: The state of dev is already in {emulator.log.parent / 'typed-dev.tfstate'}.\n"
        "If only other arguments of the backend changed, run: domovoi-tf init -- -reconfigure\n"
    )


@pytest.mark.terraform
def test_status_of_another_backend_runs_terraform(project: Path, command_line: CommandLine) -> None:
    configure(project, {"http": {"address": "http://127.0.0.1:9/state", "retry_max": 0}})
    done = command_line("backend", "status", cwd=project)
    assert (done.code, done.err) == (
        1,
        "Error: http://127.0.0.1:9 cannot be reached: connection refused.\n"
        "Check the configured address, the network and HTTPS_PROXY.\n",
    )
