"""Creates the S3 bucket that keeps Terraform's remote state, or completes the one that is there.

https://developer.hashicorp.com/terraform/language/backend/s3
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.terraform import process_environment

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

NONCURRENT_DAYS = 90
MULTIPART_DAYS = 7
_SID = "DomovoiDenyInsecureTransport"
_RULE = "domovoi-tf-old-versions"
_SNIPPET = '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}'
_SETTING = "terraform.backend.s3.bucket of .chalice/config.json"


class Created(NamedTuple):
    """What was done: the bucket, its region, and one line for each change; none where all was in place."""

    bucket: str
    region: str
    changes: tuple[str, ...]


class _Bucket(NamedTuple):
    s3: S3Client
    name: str
    region: str
    account: str
    partition: str


def create(
    backend_type: str | None, configuration: Mapping[str, object], environ: Mapping[str, str]
) -> Created:
    """Makes the state bucket versioned, encrypted, private, TLS only and free of old versions.

    It may be called again at any time. A setting of the bucket's owner is kept: other policy statements
    and lifecycle rules, encryption with a KMS key.

    Args:
        backend_type: Terraform's name of the backend; None where the stage has none.
        configuration: the backend's configuration: ``bucket``, and optionally ``region``, ``kms_key_id``
            and ``profile``.
        environ: the environment variables to take credentials, region and endpoint from.

    Raises:
        BackendError: the backend is not S3, the bucket is another account's or in another region, there
            are no credentials or region, or AWS refuses.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    name = _bucket_name(backend_type, configuration)
    overrides: dict[str, str | None] = {**dict.fromkeys(os.environ), **environ}
    with process_environment(overrides), _explained(name):
        bucket = _connect(name, configuration, environ)
        key = configuration.get("kms_key_id")
        settings = (
            _ensure_bucket(bucket),
            _ensure_versioning(bucket),
            _ensure_encryption(bucket, str(key) if key else None),
            _ensure_private(bucket),
            _ensure_tls(bucket),
            _ensure_expiry(bucket),
        )
    return Created(name, bucket.region, tuple(line for line in settings if line))


def _bucket_name(backend_type: str | None, configuration: Mapping[str, object]) -> str:
    if not backend_type:
        raise BackendError(
            "No backend is configured for the stage: its state is kept in a local file.",
            f"Add one to .chalice/config.json: {_SNIPPET}",
        )
    if backend_type != "s3":
        raise BackendError(
            f'The backend "{backend_type}" is not an S3 bucket; nothing to create.',
            "Set it up with its provider's own tools, then run `domovoi-tf deploy`.",
        )
    if not (name := configuration.get("bucket")):
        raise BackendError("The s3 backend names no bucket.", f"Set {_SETTING}.")
    return str(name)


def _connect(name: str, configuration: Mapping[str, object], environ: Mapping[str, str]) -> _Bucket:
    import boto3

    profile = configuration.get("profile")
    session = boto3.Session(profile_name=str(profile) if profile else None)
    # boto3 does not know AWS_REGION, which Terraform does.
    given = configuration.get("region") or environ.get("AWS_REGION") or session.region_name
    if not given:
        raise BackendError(
            f"No region is set for the bucket {name}.",
            "Set terraform.backend.s3.region of .chalice/config.json, or AWS_REGION.",
        )
    region = str(given)
    caller = session.client("sts", region_name=region).get_caller_identity()
    partition = caller["Arn"].split(":")[1]
    return _Bucket(session.client("s3", region_name=region), name, region, caller["Account"], partition)


def _ensure_bucket(bucket: _Bucket) -> str | None:
    from botocore.exceptions import ClientError

    try:
        head = bucket.s3.head_bucket(Bucket=bucket.name, ExpectedBucketOwner=bucket.account)
    except ClientError as error:
        if _status(error) == 403:
            raise _foreign(bucket.name) from error
        if _status(error) != 404:
            raise
        _create_bucket(bucket)
        return f"created the bucket {bucket.name} in {bucket.region}"
    if (actual := head.get("BucketRegion", bucket.region)) != bucket.region:
        raise BackendError(
            f"The bucket {bucket.name} is in {actual}, and the backend is configured for {bucket.region}.",
            f'Set terraform.backend.s3.region of .chalice/config.json to "{actual}".',
        )
    return None


def _create_bucket(bucket: _Bucket) -> None:
    if bucket.region == "us-east-1":  # S3 takes every other region as a constraint, and not this one.
        bucket.s3.create_bucket(Bucket=bucket.name)
        return
    constraint: Any = bucket.region
    bucket.s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": constraint})


def _ensure_versioning(bucket: _Bucket) -> str | None:
    if bucket.s3.get_bucket_versioning(Bucket=bucket.name).get("Status") == "Enabled":
        return None
    bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    return "turned versioning on"


def _ensure_encryption(bucket: _Bucket, key: str | None) -> str | None:
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    answer = _get(bucket.s3.get_bucket_encryption, bucket, missing)
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    algorithms = {rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules}
    if algorithms - {None, "AES256"} or ("AES256" in algorithms and not key):
        return None
    default: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    bucket.s3.put_bucket_encryption(
        Bucket=bucket.name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(key)}]
        },
    )
    return f"turned encryption on, with {'the key ' + key if key else 'AES256'}"


def _ensure_private(bucket: _Bucket) -> str | None:
    answer = _get(bucket.s3.get_public_access_block, bucket, "NoSuchPublicAccessBlockConfiguration")
    blocks = answer.get("PublicAccessBlockConfiguration", {})
    if len(blocks) == 4 and all(blocks.values()):
        return None
    bucket.s3.put_public_access_block(
        Bucket=bucket.name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    return "blocked public access"


def _ensure_tls(bucket: _Bucket) -> str | None:
    answer = _get(bucket.s3.get_bucket_policy, bucket, "NoSuchBucketPolicy")
    policy = json.loads(answer.get("Policy", '{"Version": "2012-10-17", "Statement": []}'))
    found = policy["Statement"]
    statements = found if isinstance(found, list) else [found]
    own = _deny_insecure_transport(bucket)
    if own in statements:
        return None
    policy["Statement"] = [*(each for each in statements if each.get("Sid") != _SID), own]
    bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
    return "denied requests without TLS"


def _deny_insecure_transport(bucket: _Bucket) -> dict[str, object]:
    arn = f"arn:{bucket.partition}:s3:::{bucket.name}"
    return {
        "Sid": _SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _ensure_expiry(bucket: _Bucket) -> str | None:
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
    bucket.s3.put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration=configuration, **others
    )
    return f"expired old versions after {NONCURRENT_DAYS} days, unfinished uploads after {MULTIPART_DAYS}"


def _with_filter(rule: dict[str, Any]) -> dict[str, Any]:
    """Writes the older form of a rule's prefix in the newer one: S3 takes no mixture of both."""
    prefix = rule.get("Prefix")
    if prefix is None:
        return rule
    return {**{key: rule[key] for key in rule if key != "Prefix"}, "Filter": {"Prefix": prefix}}


def _get(call: Callable[..., Any], bucket: _Bucket, missing: str) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        return dict(call(Bucket=bucket.name))
    except ClientError as error:
        if error.response["Error"]["Code"] != missing:
            raise
        return {}


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _foreign(name: str) -> BackendError:
    return BackendError(
        f"The bucket {name} exists and belongs to another account.",
        f"Choose another bucket name in {_SETTING}.",
    )


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    """Gives AWS's errors a remedy."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except NoCredentialsError as error:
        raise BackendError(
            "There are no AWS credentials.",
            "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
            'for the local emulator: eval "$(domovoi-tf local env)".',
        ) from error
    except ClientError as error:
        if error.response["Error"]["Code"] == "BucketAlreadyExists":
            raise _foreign(name) from error
        raise BackendError(
            f"AWS refused {error.operation_name} for the bucket {name}: {error.response['Error']['Message']}",
            "Check that these credentials may do that.",
        ) from error
    except BotoCoreError as error:
        raise BackendError(
            f"AWS cannot be asked: {error}", "Check AWS_PROFILE, AWS_REGION and the network."
        ) from error
