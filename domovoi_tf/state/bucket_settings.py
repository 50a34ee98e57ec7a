"""Finds the settings that a state bucket lacks, and the S3 requests that would add them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from domovoi_tf.state.bucket import Bucket

NONCURRENT_DAYS = 90
MULTIPART_DAYS = 7
_STATEMENT_ID = "DomovoiDenyInsecureTransport"
_RULE_ID = "domovoi-tf-old-versions"


class Change(NamedTuple):
    """A change that a bucket needs.

    Args:
        pending: the change as something to do, such as "block public access".
        done: the change as something done.
        apply: makes the change.
    """

    pending: str
    done: str
    apply: Callable[[], object]


def find_changes(bucket: Bucket, key: str | None, *, replace_key: bool = False) -> tuple[Change, ...]:
    """Finds the changes that make a bucket versioned, encrypted, private, TLS only and free of old versions.

    Args:
        bucket: the bucket.
        key: the KMS key to encrypt with (default: the encryption of S3).
        replace_key: if true, the key replaces another KMS key.
    """
    changes = (
        _plan_creation(bucket),
        _plan_versioning(bucket),
        _plan_encryption(bucket, key, replace_key),
        _plan_public_access_block(bucket),
        _plan_tls_policy(bucket),
        _plan_expiration(bucket),
    )
    return tuple(change for change in changes if change)


def _plan_creation(bucket: Bucket) -> Change | None:
    if bucket.exists:
        return None
    description = f"the bucket {bucket.name} in {bucket.region}"
    return Change(f"create {description}", f"created {description}", lambda: _create_bucket(bucket))


def _create_bucket(bucket: Bucket) -> None:
    if bucket.region == "us-east-1":  # S3 rejects this region as a location constraint
        bucket.s3.create_bucket(Bucket=bucket.name)
        return
    constraint: Any = bucket.region
    bucket.s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": constraint})


def _plan_versioning(bucket: Bucket) -> Change | None:
    if bucket.exists and bucket.s3.get_bucket_versioning(Bucket=bucket.name).get("Status") == "Enabled":
        return None
    return Change(
        "turn versioning on",
        "turned versioning on",
        lambda: bucket.s3.put_bucket_versioning(
            Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"}
        ),
    )


def _plan_encryption(bucket: Bucket, key: str | None, replace: bool) -> Change | None:
    if not (bucket.exists or key):  # S3 encrypts new buckets by default
        return None
    current = read_encryption(bucket)
    algorithm = current.get("SSEAlgorithm")
    has_kms_key = algorithm not in (None, "AES256")
    if has_kms_key and not (replace and current.get("KMSMasterKeyID") != key):
        return None
    if algorithm == "AES256" and not key:
        return None
    default: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rule: Any = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(key)}
    description = f"encryption on, with {f'the key {key}' if key else 'AES256'}"
    return Change(
        f"turn {description}",
        f"turned {description}",
        lambda: bucket.s3.put_bucket_encryption(
            Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        ),
    )


def read_encryption(bucket: Bucket) -> dict[str, Any]:
    """Returns the default encryption of a bucket; empty if it has none.

    Args:
        bucket: the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    response = _read_setting(bucket.s3.get_bucket_encryption, bucket, missing)
    rules = response.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    return next((dict(rule.get("ApplyServerSideEncryptionByDefault", {})) for rule in rules), {})


def _plan_public_access_block(bucket: Bucket) -> Change | None:
    missing = "NoSuchPublicAccessBlockConfiguration"
    response = _read_setting(bucket.s3.get_public_access_block, bucket, missing)
    blocks = response.get("PublicAccessBlockConfiguration", {})
    if len(blocks) == 4 and all(blocks.values()):
        return None
    return Change(
        "block public access",
        "blocked public access",
        lambda: bucket.s3.put_public_access_block(
            Bucket=bucket.name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        ),
    )


def _plan_tls_policy(bucket: Bucket) -> Change | None:
    response = _read_setting(bucket.s3.get_bucket_policy, bucket, "NoSuchBucketPolicy")
    policy = json.loads(response.get("Policy", '{"Version": "2012-10-17", "Statement": []}'))
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    denial = _deny_insecure_transport(bucket)
    if denial in statements:
        return None
    others = [statement for statement in statements if statement.get("Sid") != _STATEMENT_ID]
    policy["Statement"] = [*others, denial]
    return Change(
        "deny requests without TLS",
        "denied requests without TLS",
        lambda: bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy)),
    )


def _deny_insecure_transport(bucket: Bucket) -> dict[str, object]:
    arn = f"arn:{bucket.partition}:s3:::{bucket.name}"
    return {
        "Sid": _STATEMENT_ID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _plan_expiration(bucket: Bucket) -> Change | None:
    missing = "NoSuchLifecycleConfiguration"
    response = _read_setting(bucket.s3.get_bucket_lifecycle_configuration, bucket, missing)
    rules = [convert_prefix_rule(rule) for rule in response.get("Rules", [])]
    if any(rule.get("ID") == _RULE_ID for rule in rules):
        return None
    expiration = {
        "ID": _RULE_ID,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": MULTIPART_DAYS},
    }
    configuration: Any = {"Rules": [*rules, expiration]}
    size = "TransitionDefaultMinimumObjectSize"
    options: Any = {size: response[size]} if size in response else {}
    description = f"old versions after {NONCURRENT_DAYS} days, unfinished uploads after {MULTIPART_DAYS}"
    return Change(
        f"expire {description}",
        f"expired {description}",
        lambda: bucket.s3.put_bucket_lifecycle_configuration(
            Bucket=bucket.name, LifecycleConfiguration=configuration, **options
        ),
    )


def convert_prefix_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Converts a lifecycle rule with the deprecated ``Prefix`` into one with a ``Filter``.

    S3 rejects a configuration that mixes the two forms.

    Args:
        rule: a rule in either form.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    prefix = rule.get("Prefix")
    if prefix is None:
        return rule
    return {**{key: rule[key] for key in rule if key != "Prefix"}, "Filter": {"Prefix": prefix}}


def _read_setting(request: Callable[..., Any], bucket: Bucket, missing: str) -> dict[str, Any]:
    """Returns the response to a request; empty if the bucket does not exist or AWS's error is ``missing``."""
    from botocore.exceptions import ClientError

    if not bucket.exists:
        return {}
    try:
        return dict(request(Bucket=bucket.name))
    except ClientError as error:
        if error.response["Error"]["Code"] != missing:
            raise
        return {}
