"""The settings that a state bucket lacks, and the calls that complete it, with buckets in memory."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fake_aws import FakeAws, FakeS3, refusal

from domovoi_tf.errors import BackendError
from domovoi_tf.state.bucket_creation import (
    CreationResult,
    build_deployer_policy,
    create_bucket,
    render_backend_tf,
)

ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
AES: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
DENY = {
    "Sid": "DomovoiDenyInsecureTransport",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::states", "arn:aws:s3:::states/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ALLOW = {"Sid": "Ours", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
EXPIRY = {
    "ID": "domovoi-tf-old-versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
COMPLETE = {
    "versioning": {"Status": "Enabled"},
    "ServerSideEncryptionConfiguration": AES,
    "PublicAccessBlockConfiguration": BLOCKED,
    "Policy": json.dumps({"Version": "2012-10-17", "Statement": [DENY]}),
    "lifecycle": {"Rules": [EXPIRY]},
}
VERSIONING = "turned versioning on"
PRIVATE = "blocked public access"
TLS = "denied requests without TLS"
EXPIRED = "expired old versions after 90 days, unfinished uploads after 7"


@pytest.fixture
def s3(aws: FakeAws) -> FakeS3:
    return FakeS3(aws)


def created(kms_key: str | None = None, *, dry_run: bool = False, **configuration: Any) -> CreationResult:
    return create_bucket("s3", {"bucket": "states", **configuration}, ENVIRON, kms_key, dry_run=dry_run)


def kms(key: str) -> Any:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}


def error(**configuration: Any) -> str:
    with pytest.raises(BackendError) as caught:
        created(**configuration)
    return str(caught.value)


def test_new_bucket_is_created_in_the_region_and_completed(s3: FakeS3) -> None:
    assert created() == CreationResult(
        "states",
        "eu-west-1",
        ("created the bucket states in eu-west-1", VERSIONING, PRIVATE, TLS, EXPIRED),
        "aws",
        None,
        account="123456789012",
    )
    # S3 encrypts a new bucket by itself.
    complete = {name: value for name, value in COMPLETE.items() if "Encryption" not in name}
    assert s3.buckets == {"states": {"region": "eu-west-1", **complete}}


def test_bucket_in_the_first_region_has_no_location_constraint(aws: FakeAws, s3: FakeS3) -> None:
    assert created(region="us-east-1").changes[0] == "created the bucket states in us-east-1"
    assert aws.made("CreateBucket") == [{"Bucket": "states"}]


def test_complete_bucket_is_left_alone(aws: FakeAws, s3: FakeS3) -> None:
    s3.create("states", **COMPLETE)
    assert created().changes == ()
    assert [operation for _, operation, _ in aws.calls if operation.startswith(("Put", "Create"))] == []


@pytest.mark.parametrize(
    ("setting", "values", "change"),
    [
        ("versioning", [None, {}, {"Status": "Suspended"}], VERSIONING),
        ("ServerSideEncryptionConfiguration", [None, {"Rules": []}], "turned encryption on, with AES256"),
        (
            "PublicAccessBlockConfiguration",
            [None, *({**BLOCKED, name: False} for name in BLOCKED), {"BlockPublicAcls": True}],
            PRIVATE,
        ),
        (
            "Policy",
            [None, json.dumps({"Version": "2012-10-17", "Statement": [{**DENY, "Action": "s3:GetObject"}]})],
            TLS,
        ),
        ("lifecycle", [None, {"Rules": []}], EXPIRED),
    ],
)
def test_only_the_missing_setting_is_changed(
    aws: FakeAws, s3: FakeS3, setting: str, values: list[Any], change: str
) -> None:
    for value in values:
        settings = {name: each for name, each in COMPLETE.items() if name != setting}
        s3.create("states", **settings, **({} if value is None else {setting: value}))
        aws.calls.clear()
        assert created().changes == (change,)
        assert len([operation for _, operation, _ in aws.calls if operation.startswith("Put")]) == 1
        assert {**s3.buckets["states"], "ServerSideEncryptionConfiguration": AES} == {
            "region": "eu-west-1",
            **COMPLETE,
        }
        algorithm = s3.buckets["states"]["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert algorithm["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert created().changes == ()


def test_dry_run_names_the_changes_and_makes_none(aws: FakeAws, s3: FakeS3) -> None:
    assert created(dry_run=True, kms_key_id="alias/states").changes == (
        "create the bucket states in eu-west-1",
        "turn versioning on",
        "turn encryption on, with the key alias/states",
        "block public access",
        "deny requests without TLS",
        "expire old versions after 90 days, unfinished uploads after 7",
    )
    assert s3.buckets == {}
    s3.create("states", **{**COMPLETE, "ServerSideEncryptionConfiguration": {"Rules": []}})
    assert created(dry_run=True).changes == ("turn encryption on, with AES256",)


@pytest.mark.parametrize("statement", [ALLOW, [ALLOW]])
def test_other_statements_of_the_bucket_policy_are_kept(s3: FakeS3, statement: Any) -> None:
    s3.create("states", **{**COMPLETE, "Policy": json.dumps({"Id": "theirs", "Statement": statement})})
    assert created().changes == (TLS,)
    assert json.loads(s3.buckets["states"]["Policy"]) == {"Id": "theirs", "Statement": [ALLOW, DENY]}
    outdated = {"Statement": [{**DENY, "Resource": "*"}, ALLOW]}
    s3.buckets["states"]["Policy"] = json.dumps(outdated)
    assert created().changes == (TLS,)
    assert json.loads(s3.buckets["states"]["Policy"]) == {"Statement": [ALLOW, DENY]}


def test_other_lifecycle_rules_are_kept_in_the_form_that_s3_takes(s3: FakeS3) -> None:
    logs = {"ID": "logs", "Status": "Enabled", "Expiration": {"Days": 3}}
    rules = [{**logs, "Prefix": "logs/"}, {**logs, "ID": "more", "Filter": {"Prefix": "more/"}}]
    size = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    s3.create("states", **{**COMPLETE, "lifecycle": {"Rules": rules, **size}})
    assert created().changes == (EXPIRED,)
    assert s3.buckets["states"]["lifecycle"] == {
        "Rules": [{**logs, "Filter": {"Prefix": "logs/"}}, rules[1], EXPIRY],
        **size,
    }
    assert created().changes == ()


# Encryption with a key


def test_key_of_the_configuration_replaces_the_encryption_of_s3(s3: FakeS3) -> None:
    s3.create("states", **COMPLETE)
    for key in ("alias/states", "alias/others"):
        changes = created(kms_key_id=key).changes
        # The key that the bucket has by then stays: only an explicit one replaces it.
        assert changes == (("turned encryption on, with the key alias/states",) if "states" in key else ())
    assert s3.buckets["states"]["ServerSideEncryptionConfiguration"] == kms("alias/states")
    assert created().changes == ()


def test_new_bucket_is_encrypted_with_the_key_of_the_configuration(s3: FakeS3) -> None:
    assert "turned encryption on, with the key alias/states" in created(kms_key_id="alias/states").changes
    assert s3.buckets["states"]["ServerSideEncryptionConfiguration"] == kms("alias/states")


def test_explicit_key_replaces_another_one_and_must_be_able_to_encrypt(aws: FakeAws, s3: FakeS3) -> None:
    arn = "arn:aws:kms:eu-west-1:123456789012:key/new"
    usable = {"KeyId": "new", "Arn": arn, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT"}
    aws.on("kms", "DescribeKey", {"KeyMetadata": usable})
    s3.create("states", **{**COMPLETE, "ServerSideEncryptionConfiguration": kms("alias/old")})
    found = created("alias/new")
    assert (found.changes, found.kms_key) == ((f"turned encryption on, with the key {arn}",), arn)
    assert aws.made("DescribeKey") == [{"KeyId": "alias/new"}]
    assert created("alias/new").changes == ()
    del usable["KeyState"]
    assert created("alias/new").changes == ()
    for state, usage in (("Disabled", "ENCRYPT_DECRYPT"), ("Enabled", "SIGN_VERIFY")):
        aws.on("kms", "DescribeKey", {"KeyMetadata": {**usable, "KeyState": state, "KeyUsage": usage}})
        assert error(kms_key="alias/new") == (
            f"The KMS key alias/new cannot encrypt the state: its state is {state} "
            f"and its usage is {usage}.\n"
            "Use an enabled symmetric encryption key in the bucket's region."
        )


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        (None, None),
        ("arn:aws:kms:eu-west-1:1:key/x", "arn:aws:kms:eu-west-1:1:key/x"),
        ("alias/states", "arn:aws:kms:eu-west-1:123456789012:alias/states"),
        ("1234-abcd", "arn:aws:kms:eu-west-1:123456789012:key/1234-abcd"),
    ],
)
def test_key_of_the_configuration_is_told_by_its_arn(s3: FakeS3, key: str | None, arn: str | None) -> None:
    assert created(kms_key_id=key).kms_key == arn


# Reaching the bucket


def test_bucket_is_reached_with_the_backend_s_own_configuration(aws: FakeAws, s3: FakeS3) -> None:
    aws.on(
        "sts",
        "AssumeRole",
        {
            "Credentials": {
                "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "SecretAccessKey": "s",
                "SessionToken": "t",
                "Expiration": datetime.now(timezone.utc) + timedelta(hours=1),
            }
        },
    )
    role: dict[str, str] = {"role_arn": "arn:aws:iam::1:role/states"}
    endpoints = {"s3": "http://127.0.0.1:9000", "sts": "http://127.0.0.1:9001"}
    assert created(region="eu-north-1", assume_role=role, endpoints=endpoints).region == "eu-north-1"
    assert aws.made("AssumeRole") == [{"RoleArn": role["role_arn"], "RoleSessionName": "domovoi-tf"}]
    assert dict.fromkeys(aws.clients) == dict.fromkeys(
        [
            ("sts", "eu-north-1", endpoints["sts"], "AKIATEST"),
            ("sts", "eu-north-1", endpoints["sts"], "AKIAIOSFODNN7EXAMPLE"),
            ("s3", "eu-north-1", endpoints["s3"], "AKIAIOSFODNN7EXAMPLE"),
        ]
    )
    role |= {"session_name": "ada", "external_id": "42"}
    created(region="eu-north-1", assume_role=role)
    assert aws.made("AssumeRole")[1] == {
        "RoleArn": role["role_arn"],
        "RoleSessionName": "ada",
        "ExternalId": "42",
    }


def test_region_is_that_of_the_configuration_or_else_of_the_environment(aws: FakeAws, s3: FakeS3) -> None:
    assert created(region="ap-south-1").region == "ap-south-1"
    s3.buckets.clear()
    assert (
        create_bucket("s3", {"bucket": "states"}, {**ENVIRON, "AWS_REGION": "sa-east-1"}).region
        == "sa-east-1"
    )
    s3.buckets.clear()
    only_default = {**ENVIRON, "AWS_DEFAULT_REGION": "eu-west-3"}
    del only_default["AWS_REGION"]
    assert create_bucket("s3", {"bucket": "states"}, only_default).region == "eu-west-3"
    with pytest.raises(BackendError) as caught:
        create_bucket("s3", {"bucket": "states"}, {"AWS_CONFIG_FILE": "/nowhere"})
    assert str(caught.value) == (
        "No region is set for the bucket states.\n"
        "Set terraform.backend.s3.region in .chalice/config.json, or AWS_REGION."
    )


def test_partition_of_the_account_counts(aws: FakeAws, s3: FakeS3) -> None:
    identity = {"Account": "123456789012", "Arn": "arn:aws-cn:iam::123456789012:user/ada", "UserId": "x"}
    aws.on("sts", "GetCallerIdentity", identity)
    found = created(kms_key_id="x")
    assert (found.partition, found.kms_key) == ("aws-cn", "arn:aws-cn:kms:eu-west-1:123456789012:key/x")
    assert json.loads(s3.buckets["states"]["Policy"])["Statement"][0]["Resource"] == [
        "arn:aws-cn:s3:::states",
        "arn:aws-cn:s3:::states/*",
    ]


def test_bucket_of_another_account_is_an_error(aws: FakeAws, s3: FakeS3) -> None:
    expected = (
        "The bucket states exists and belongs to another account.\n"
        "Choose another bucket name in terraform.backend.s3.bucket in .chalice/config.json."
    )
    s3.create("states", owner="999999999999")
    assert error() == expected
    del s3.buckets["states"]
    aws.on("s3", "CreateBucket", refusal("BucketAlreadyExists"))
    assert error() == expected


def test_bucket_in_another_region_is_an_error(s3: FakeS3) -> None:
    s3.create("states", "ap-south-1")
    assert error() == (
        "The bucket states is in ap-south-1, but the backend is configured for eu-west-1.\n"
        'Set terraform.backend.s3.region in .chalice/config.json to "ap-south-1".'
    )
    # Not every service that speaks S3 tells the Region.
    del s3.buckets["states"]["region"]
    s3.buckets["states"] = {"region": "eu-west-1", **COMPLETE}
    assert created().changes == ()


@pytest.mark.parametrize("operation", ["HeadBucket", "GetBucketVersioning", "PutPublicAccessBlock"])
def test_refusal_by_aws_is_an_error(aws: FakeAws, s3: FakeS3, operation: str) -> None:
    s3.create("states")
    aws.on("s3", operation, refusal("SlowDown", "Reduce your request rate.", 503))
    assert error() == (
        f"AWS refused {operation} for the bucket states: Reduce your request rate.\n"
        "Check that the credentials permit this operation."
    )


@pytest.mark.parametrize("setting", ["BucketEncryption", "PublicAccessBlock", "BucketPolicy"])
def test_unreadable_setting_is_not_reported_as_missing(aws: FakeAws, s3: FakeS3, setting: str) -> None:
    s3.create("states", **COMPLETE)
    aws.on("s3", f"Get{setting}", refusal("AccessDenied", "Access Denied", 403))
    assert error().startswith(f"AWS refused Get{setting} for the bucket states: Access Denied\n")


@pytest.mark.parametrize(
    ("kind", "configuration", "message"),
    [
        (
            None,
            {},
            "No backend is configured for the stage: its state is kept in a local file.\n"
            "Add one to .chalice/config.json: "
            '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}',
        ),
        (
            "gcs",
            {"bucket": "states"},
            'The backend "gcs" does not keep its state in S3: there is no bucket to create.\n'
            "Set it up with the tools of its provider, then deploy.",
        ),
        (
            "s3",
            {"bucket": ""},
            "The s3 backend has no bucket name.\n"
            "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
            'export TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"',
        ),
    ],
)
def test_other_backends_have_no_bucket_to_create(
    kind: str | None, configuration: dict[str, Any], message: str
) -> None:
    with pytest.raises(BackendError) as caught:
        create_bucket(kind, configuration, ENVIRON)
    assert str(caught.value) == message


# What it prints for others


def test_backend_block_has_the_arguments_in_order() -> None:
    assert render_backend_tf({"region": "eu-west-1", "bucket": "states", "use_lockfile": True}) == (
        'terraform {\n  backend "s3" {\n    bucket       = "states"\n    region       = "eu-west-1"\n'
        "    use_lockfile = true\n  }\n}\n"
    )


def test_deployer_may_use_the_table_of_locks(aws: FakeAws, s3: FakeS3) -> None:
    result = created(region="eu-west-1", dynamodb_table="locks")
    assert build_deployer_policy(result, "k")["Statement"][-1] == {
        "Sid": "StateLockTable",
        "Effect": "Allow",
        "Action": ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem"],
        "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/locks",
    }


@pytest.mark.parametrize("key", [None, "arn:aws:kms:eu-west-1:1:key/x"])
def test_deployer_may_read_and_write_the_state_and_its_lock_alone(key: str | None) -> None:
    bucket, state = "arn:aws-cn:s3:::states", "arn:aws-cn:s3:::states/bar/dev/terraform.tfstate"
    policy = build_deployer_policy(
        CreationResult("states", "r", (), "aws-cn", key), "bar/dev/terraform.tfstate"
    )
    assert policy["Version"] == "2012-10-17"
    allowed = {s["Sid"]: (s["Effect"], s["Action"], s["Resource"]) for s in policy["Statement"]}
    assert allowed == {
        "StateBucket": ("Allow", ["s3:ListBucket"], bucket),
        "State": ("Allow", ["s3:GetObject", "s3:PutObject"], state),
        "StateLock": ("Allow", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], f"{state}.tflock"),
        **({"StateKey": ("Allow", ["kms:Decrypt", "kms:GenerateDataKey"], key)} if key else {}),
    }
