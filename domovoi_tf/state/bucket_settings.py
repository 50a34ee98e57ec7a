"""What a state's bucket lacks of what a state needs: it looks, and returns the calls that would mend it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from domovoi_tf.state.bucket import Bucket

NONCURRENT_DAYS = 90
MULTIPART_DAYS = 7
_SID = "DomovoiDenyInsecureTransport"
_RULE = "domovoi-tf-old-versions"


class Change(NamedTuple):
    """What a bucket lacks: as something to do, as something done, and the call that does it."""

    wanted: str
    done: str
    make: Callable[[], object]


def changes(bucket: Bucket, key: str | None, *, replace_key: bool = False) -> tuple[Change, ...]:
    """Returns what a bucket lacks to be versioned, encrypted, private, TLS only and free of old versions.

    Args:
        bucket: the bucket.
        key: the KMS key to encrypt with; S3's own encryption if missing.
        replace_key: whether the key takes the place of another one.
    """
    lacks = (
        _creation(bucket),
        _versioning(bucket),
        _encryption(bucket, key, replace_key),
        _private(bucket),
        _tls(bucket),
        _expiry(bucket),
    )
    return tuple(change for change in lacks if change)


def _creation(bucket: Bucket) -> Change | None:
    if bucket.exists:
        return None
    what = f"the bucket {bucket.name} in {bucket.region}"
    return Change(f"create {what}", f"created {what}", lambda: _create(bucket))


def _create(bucket: Bucket) -> None:
    if bucket.region == "us-east-1":  # S3 takes every other region as a constraint, and not this one.
        bucket.s3.create_bucket(Bucket=bucket.name)
        return
    constraint: Any = bucket.region
    bucket.s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": constraint})


def _versioning(bucket: Bucket) -> Change | None:
    if bucket.exists and bucket.s3.get_bucket_versioning(Bucket=bucket.name).get("Status") == "Enabled":
        return None
    return Change(
        "turn versioning on",
        "turned versioning on",
        lambda: bucket.s3.put_bucket_versioning(
            Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"}
        ),
    )


def _encryption(bucket: Bucket, key: str | None, replace: bool) -> Change | None:
    if not (bucket.exists or key):  # S3 encrypts a new bucket by itself.
        return None
    default = encryption(bucket)
    algorithm = default.get("SSEAlgorithm")
    kept = algorithm not in (None, "AES256") and not (replace and default.get("KMSMasterKeyID") != key)
    if kept or (algorithm == "AES256" and not key):
        return None
    wanted: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rule: Any = {"ApplyServerSideEncryptionByDefault": wanted, "BucketKeyEnabled": bool(key)}
    what = f"encryption on, with {f'the key {key}' if key else 'AES256'}"
    return Change(
        f"turn {what}",
        f"turned {what}",
        lambda: bucket.s3.put_bucket_encryption(
            Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        ),
    )


def encryption(bucket: Bucket) -> dict[str, Any]:
    """Returns how a bucket encrypts by default; empty where it does not."""
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    answer = _get(bucket.s3.get_bucket_encryption, bucket, missing)
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    return next((dict(rule.get("ApplyServerSideEncryptionByDefault", {})) for rule in rules), {})


def _private(bucket: Bucket) -> Change | None:
    answer = _get(bucket.s3.get_public_access_block, bucket, "NoSuchPublicAccessBlockConfiguration")
    blocks = answer.get("PublicAccessBlockConfiguration", {})
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


def _tls(bucket: Bucket) -> Change | None:
    answer = _get(bucket.s3.get_bucket_policy, bucket, "NoSuchBucketPolicy")
    policy = json.loads(answer.get("Policy", '{"Version": "2012-10-17", "Statement": []}'))
    found = policy["Statement"]
    statements = found if isinstance(found, list) else [found]
    own = _deny_insecure_transport(bucket)
    if own in statements:
        return None
    policy["Statement"] = [*(each for each in statements if each.get("Sid") != _SID), own]
    return Change(
        "deny requests without TLS",
        "denied requests without TLS",
        lambda: bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy)),
    )


def _deny_insecure_transport(bucket: Bucket) -> dict[str, object]:
    arn = f"arn:{bucket.partition}:s3:::{bucket.name}"
    return {
        "Sid": _SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _expiry(bucket: Bucket) -> Change | None:
    answer = _get(bucket.s3.get_bucket_lifecycle_configuration, bucket, "NoSuchLifecycleConfiguration")
    rules = [_with_filter(rule) for rule in answer.get("Rules", [])]
    if any(rule.get("ID") == _RULE for rule in rules):
        return None
    own = {
        "ID": _RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": MULTIPART_DAYS},
    }
    configuration: Any = {"Rules": [*rules, own]}
    size = "TransitionDefaultMinimumObjectSize"
    others: Any = {size: answer[size]} if size in answer else {}
    what = f"old versions after {NONCURRENT_DAYS} days, unfinished uploads after {MULTIPART_DAYS}"
    return Change(
        f"expire {what}",
        f"expired {what}",
        lambda: bucket.s3.put_bucket_lifecycle_configuration(
            Bucket=bucket.name, LifecycleConfiguration=configuration, **others
        ),
    )


def _with_filter(rule: dict[str, Any]) -> dict[str, Any]:
    """Writes the older form of a rule's prefix in the newer one: S3 takes no mixture of both."""
    prefix = rule.get("Prefix")
    if prefix is None:
        return rule
    return {**{key: rule[key] for key in rule if key != "Prefix"}, "Filter": {"Prefix": prefix}}


def _get(call: Callable[..., Any], bucket: Bucket, missing: str) -> dict[str, Any]:
    """Returns a setting; empty where the bucket, or the setting, is not there."""
    from botocore.exceptions import ClientError

    if not bucket.exists:
        return {}
    try:
        return dict(call(Bucket=bucket.name))
    except ClientError as error:
        if error.response["Error"]["Code"] != missing:
            raise
        return {}
