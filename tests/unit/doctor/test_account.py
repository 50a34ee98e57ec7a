"""Checks of the Region, the credentials, the state and its lock, with an AWS in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, TokenRetrievalError
from fake_aws import FakeAws, FakeS3, refusal

from domovoi_tf.doctor.account import (
    check_backend,
    check_credentials,
    check_lock,
    check_region,
    skip_checks,
)
from domovoi_tf.doctor.project import Finding
from domovoi_tf.settings import Settings

S3 = ("s3", {"bucket": "states", "key": "bar.tfstate", "region": "eu-west-1"})
LOCK = {"ID": "1", "Operation": "OperationTypeApply", "Who": "ada@workshop"}
UNREACHABLE = EndpointConnectionError(endpoint_url="https://a")
RELEASE = (
    "Wait until they are done. If nobody works on it any more, remove the lock: domovoi-tf backend unlock"
)


def settings(backend: Any = None, **provider: Any) -> Settings:
    return Settings(app_name="bar", stage="dev", backend=backend, provider=provider)


# Region


@pytest.mark.parametrize(
    ("provider", "environ", "says"),
    [
        (
            {"region": "eu-west-1"},
            {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"},
            "eu-west-1 (terraform.provider.region)",
        ),
        ({}, {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2 (AWS_REGION)"),
        ({}, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3 (AWS_DEFAULT_REGION)"),
    ],
)
def test_region_is_searched_where_the_provider_does(
    provider: dict[str, str], environ: dict[str, str], says: str
) -> None:
    assert check_region(settings(**provider), environ) == Finding("region", "ok", says)


@pytest.mark.usefixtures("aws")
def test_region_may_be_that_of_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    assert check_region(settings(), {}) == Finding(
        "region",
        "wrong",
        "no Region is set",
        "Set AWS_REGION, or terraform.provider.region in .chalice/config.json.",
    )
    (tmp_path / "config").write_text("[default]\nregion = sa-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert check_region(settings(), {}) == Finding("region", "ok", "sa-east-1 (AWS profile)")
    monkeypatch.setenv("AWS_PROFILE", "gone")
    found = check_region(settings(), {})
    assert (found.state, found.says) == ("wrong", "There is no AWS profile gone")


def test_region_that_botocore_does_not_know_is_a_warning() -> None:
    """It may be newer than botocore."""
    assert check_region(settings(), {"AWS_REGION": "eu-wst-1"}) == Finding(
        "region",
        "unknown",
        "eu-wst-1 (AWS_REGION) is not a Region that botocore knows. Did you mean eu-west-1?",
        "If it is a new one, ignore this, or update boto3.",
    )


# Credentials


@pytest.mark.parametrize(
    ("provider", "environ", "region"),
    [
        ({"region": "eu-north-1"}, {"AWS_REGION": "eu-west-2"}, "eu-north-1"),
        ({}, {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        ({}, {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        ({}, {}, "us-east-1"),
    ],
)
def test_credentials_are_those_that_aws_knows(
    aws: FakeAws, provider: dict[str, str], environ: dict[str, str], region: str
) -> None:
    assert check_credentials(settings(**provider), environ) == Finding(
        "credentials", "ok", "account 123456789012 as arn:aws:iam::123456789012:user/ada"
    )
    assert [client[:2] for client in aws.clients] == [("sts", region)]


@pytest.mark.parametrize(
    ("error", "says", "remedy"),
    [
        (refusal("ExpiredToken", "it is old"), "The AWS credentials have expired", "Get new ones"),
        (refusal("Throttling", "too many"), "AWS does not accept them: too many", "Sign in again"),
        (NoCredentialsError(), "There are no AWS credentials", "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
        (
            TokenRetrievalError(provider="sso", error_msg="gone"),
            "The SSO sign-in is missing or has expired",
            "Sign in with `aws sso login`.",
        ),
        (UNREACHABLE, "AWS could not be reached: Could not connect", "Check the network, the Region"),
    ],
)
def test_credentials_that_aws_does_not_know_are_wrong(
    aws: FakeAws, error: Exception, says: str, remedy: str
) -> None:
    aws.on("sts", "GetCallerIdentity", error)
    found = check_credentials(settings(), {})
    assert (found.name, found.state) == ("credentials", "wrong")
    assert found.says.startswith(says)
    assert found.remedy.startswith(remedy)


ROLE = "arn:aws:iam::123456789012:role/"


def assume(aws: FakeAws) -> None:
    """Lets each role be assumed."""
    expiration = datetime.now(timezone.utc) + timedelta(hours=1)
    keys = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s", "SessionToken": "t"}
    aws.on("sts", "AssumeRole", {"Credentials": {**keys, "Expiration": expiration}})


def test_credentials_are_those_of_the_last_role(aws: FakeAws) -> None:
    assume(aws)
    roles = [{"role_arn": f"{ROLE}gate"}, {"role_arn": f"{ROLE}deployer"}]
    assert check_credentials(settings(assume_role=roles), {}).state == "ok"
    assert [call["RoleArn"] for call in aws.made("AssumeRole")] == [f"{ROLE}gate", f"{ROLE}deployer"]
    assert aws.clients[-1][3] == "ASIAIOSFODNN7EXAMPLE"


def test_token_that_cannot_be_read_is_wrong(aws: FakeAws, tmp_path: Path) -> None:
    identity = {"role_arn": f"{ROLE}ci", "web_identity_token_file": str(tmp_path / "token")}
    says = f"The web identity token {tmp_path}/token cannot be read: No such file or directory"
    remedy = "Check web_identity_token_file of assume_role_with_web_identity, or AWS_WEB_IDENTITY_TOKEN_FILE."
    found = check_credentials(settings(assume_role_with_web_identity=identity), {})
    assert found == Finding("credentials", "wrong", says, remedy)
    backend = ("s3", {**S3[1], "assume_role_with_web_identity": identity})
    assert check_backend(settings(backend), tmp_path) == Finding("backend", "wrong", says, remedy)


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        ({"allowed_account_ids": ["210987654321", "123456789012"]}, ""),
        ({"forbidden_account_ids": ["210987654321"]}, ""),
        (
            {"allowed_account_ids": ["210987654321", "111111111111"]},
            "but only 210987654321, 111111111111 may be used (terraform.provider.allowed_account_ids)",
        ),
        (
            {"forbidden_account_ids": ["123456789012"]},
            "which must not be used (terraform.provider.forbidden_account_ids)",
        ),
    ],
)
def test_account_is_one_that_the_provider_takes(aws: FakeAws, provider: dict[str, Any], says: str) -> None:
    found = check_credentials(settings(**provider), {})
    assert found.state == ("wrong" if says else "ok")
    if says:
        assert found == Finding(
            "credentials",
            "wrong",
            f"they are of the account 123456789012, {says}",
            "Use credentials of another account (AWS_PROFILE), or correct the list in .chalice/config.json.",
        )


def test_emulator_is_always_allowed(aws: FakeAws) -> None:
    aws.on(
        "sts",
        "GetCallerIdentity",
        {"Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root", "UserId": "u"},
    )
    assert check_credentials(settings(allowed_account_ids=["123456789012"]), {}).state == "ok"


# The backend


def test_local_state_is_in_the_folder_of_the_stage(tmp_path: Path) -> None:
    for backend, name in ((None, "terraform.tfstate"), (("local", {"path": "dev.tfstate"}), "dev.tfstate")):
        assert check_backend(settings(backend), tmp_path) == Finding(
            "backend", "ok", f"a local file: {tmp_path / name}"
        )
        assert check_lock(settings(backend), tmp_path) == Finding("lock", "ok", "not held")


def test_another_backend_is_not_checked(tmp_path: Path) -> None:
    gcs = settings(("gcs", {"bucket": "b"}))
    assert check_backend(gcs, tmp_path) == Finding(
        "backend", "unknown", "not checked: only `domovoi-tf init` can check gcs"
    )
    in_table = settings(("s3", {**S3[1], "use_lockfile": False}))
    for each in (gcs, in_table):
        assert check_lock(each, tmp_path) == Finding(
            "lock", "unknown", "not checked: the lock is not a file in S3"
        )
    assert skip_checks(("a", "b"), "why") == [
        Finding("a", "unknown", "not checked: why"),
        Finding("b", "unknown", "not checked: why"),
    ]


def test_bucket_of_the_state_exists_or_is_to_be_created(aws: FakeAws, tmp_path: Path) -> None:
    s3 = FakeS3(aws)
    assert check_backend(settings(S3), tmp_path) == Finding(
        "backend",
        "wrong",
        "the bucket states does not exist",
        "Run `domovoi-tf backend create`.",
    )
    s3.create("states")
    assert check_backend(settings(S3), tmp_path) == Finding("backend", "ok", "s3://states/bar.tfstate")
    assert {client[:2] for client in aws.clients} == {("s3", "eu-west-1")}
    check_backend(settings(("s3", {"bucket": "states", "region": "eu-north-1"})), tmp_path)
    check_lock(settings(("s3", {"bucket": "states"})), tmp_path)
    assert [client[1] for client in aws.clients[-2:]] == ["eu-north-1", os.environ["AWS_REGION"]]


def test_backend_without_bucket_is_wrong(tmp_path: Path) -> None:
    assert check_backend(settings(("s3", {"key": "k"})), tmp_path) == Finding(
        "backend",
        "wrong",
        "the s3 backend has no bucket",
        "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
        'export TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"',
    )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (refusal("403", "Forbidden", 403), "the bucket states cannot be accessed: Forbidden"),
        (refusal("SlowDown", "", 503), "the bucket states cannot be accessed: SlowDown"),
        (UNREACHABLE, "AWS could not be reached: Could not connect"),
        (NoCredentialsError(), "There are no AWS credentials"),
    ],
)
def test_bucket_that_cannot_be_accessed_is_wrong(
    aws: FakeAws, tmp_path: Path, error: Exception, says: str
) -> None:
    aws.on("s3", "HeadBucket", error)
    found = check_backend(settings(S3), tmp_path)
    assert (found.name, found.state) == ("backend", "wrong")
    assert found.says.startswith(says)


# The lock


def test_lock_is_a_file_beside_the_state_in_the_bucket(aws: FakeAws, tmp_path: Path) -> None:
    s3 = FakeS3(aws)
    assert check_lock(settings(S3), tmp_path) == Finding("lock", "ok", "not held")
    s3.put("states", "bar.tfstate.tflock", json.dumps(LOCK).encode())
    held = Finding("lock", "wrong", "held by ada@workshop for apply", RELEASE)
    assert check_lock(settings(S3), tmp_path) == held
    s3.put("states", "bar.tfstate.tflock", b"half")
    assert check_lock(settings(S3), tmp_path) == held._replace(says="held by an unknown user")


@pytest.mark.parametrize("in_file", [True, False])
def test_lock_may_be_in_a_table_too(aws: FakeAws, tmp_path: Path, in_file: bool) -> None:
    s3 = FakeS3(aws)
    s3.put("states", "bar.tfstate.tflock", json.dumps(LOCK).encode())
    item = {"LockID": {"S": "l"}, "Info": {"S": json.dumps({**LOCK, "Who": "bob@inn"})}}
    aws.on("dynamodb", "GetItem", {"Item": item})
    endpoints = {"dynamodb": "http://127.0.0.1:9"}
    backend = {**S3[1], "dynamodb_table": "locks", "use_lockfile": in_file, "endpoints": endpoints}
    held = Finding("lock", "wrong", "held by bob@inn for apply", RELEASE)
    expected = held._replace(says="held by ada@workshop for apply") if in_file else held
    assert check_lock(settings(("s3", backend)), tmp_path) == expected
    s3.objects.clear()
    assert check_lock(settings(("s3", backend)), tmp_path) == held
    assert aws.clients[-1][:3] == ("dynamodb", "eu-west-1", "http://127.0.0.1:9")
    assert aws.made("GetItem")[-1]["Key"] == {"LockID": {"S": "states/bar.tfstate"}}
    aws.on("dynamodb", "GetItem", {})
    assert check_lock(settings(("s3", backend)), tmp_path) == Finding("lock", "ok", "not held")


def test_bucket_is_reached_with_the_roles_of_the_backend(aws: FakeAws, tmp_path: Path) -> None:
    FakeS3(aws).create("states")
    assume(aws)
    backend = {**S3[1], "assume_role": {"role_arn": f"{ROLE}states"}}
    assert check_backend(settings(("s3", backend)), tmp_path).state == "ok"
    assert [client[::3] for client in aws.clients] == [("sts", "AKIATEST"), ("s3", "ASIAIOSFODNN7EXAMPLE")]


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (refusal("404", "Not Found", 404), "ok", "not held"),
        (refusal("AccessDenied", "no", 403), "unknown", "not checked: no"),
        (UNREACHABLE, "wrong", "AWS could not be reached: "),
    ],
)
def test_lock_that_cannot_be_read_is_unknown(
    aws: FakeAws, tmp_path: Path, error: Exception, state: str, says: str
) -> None:
    aws.on("s3", "GetObject", error)
    found = check_lock(settings(S3), tmp_path)
    assert (found.name, found.state) == ("lock", state)
    assert found.says.startswith(says)


def test_lock_of_a_local_state_is_held_by_a_live_process(tmp_path: Path) -> None:
    state = tmp_path / "terraform.tfstate"
    state.write_text("{}")
    assert check_lock(settings(), tmp_path).state == "ok"
    (tmp_path / ".terraform.tfstate.lock.info").write_text(json.dumps(LOCK))
    assert check_lock(settings(), tmp_path).state == "ok"  # left by a process that was killed
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"locked\n"
        assert check_lock(settings(), tmp_path).says == "held by ada@workshop for apply"
        (tmp_path / ".terraform.tfstate.lock.info").unlink()
        held = Finding("lock", "wrong", "held by an unknown user", RELEASE)
        assert check_lock(settings(), tmp_path) == held
        holder.communicate()
    assert check_lock(settings(), tmp_path).state == "ok"


def test_local_state_that_cannot_be_read_is_not_checked(tmp_path: Path) -> None:
    state = tmp_path / "terraform.tfstate"
    state.mkdir()
    says = f"not checked: Is a directory: {state}"
    assert check_lock(settings(), tmp_path) == Finding("lock", "unknown", says)
