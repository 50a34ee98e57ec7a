"""The S3 bucket of a remote state: how it is reached, and what it lacks of what a state needs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import BackendError

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

NONCURRENT_DAYS = 90
MULTIPART_DAYS = 7
SETTING = "terraform.backend.s3.bucket of .chalice/config.json"
_SID = "DomovoiDenyInsecureTransport"
_RULE = "domovoi-tf-old-versions"


class Bucket(NamedTuple):
    """A bucket in an account, whether it exists or not."""

    s3: S3Client
    session: boto3.Session
    name: str
    region: str
    account: str
    partition: str
    exists: bool


class Change(NamedTuple):
    """What a bucket lacks: as something to do, as something done, and the call that does it."""

    wanted: str
    done: str
    make: Callable[[], object]


def connect(name: str, configuration: Mapping[str, Any], environ: Mapping[str, str]) -> Bucket:
    """Returns a bucket as the s3 backend's own configuration reaches it.

    Args:
        name: the bucket.
        configuration: the backend's configuration: ``region``, ``profile``, ``assume_role`` and ``endpoints``
            count.
        environ: the environment variables to take the region from.

    Raises:
        BackendError: the bucket is another account's or in another region, or there is no region.

    https://developer.hashicorp.com/terraform/language/backend/s3#credentials-and-shared-configuration
    """
    own, region = session(configuration, environ)
    if not region:
        raise BackendError(
            f"No region is set for the bucket {name}.",
            "Set terraform.backend.s3.region of .chalice/config.json, or AWS_REGION.",
        )
    caller = _client(own, "sts", region, configuration).get_caller_identity()
    s3 = _client(own, "s3", region, configuration)
    partition = caller["Arn"].split(":")[1]
    exists = _exists(s3, name, region, caller["Account"])
    return Bucket(s3, own, name, region, caller["Account"], partition, exists)


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


def key_arn(bucket: Bucket, given: str) -> str:
    """Returns a KMS key's ARN.

    Args:
        bucket: the bucket that it is for, whose account and region count.
        given: the key's ARN, ID or alias.

    Raises:
        BackendError: the key cannot encrypt.
    """
    kms = bucket.session.client("kms", region_name=bucket.region)
    found = kms.describe_key(KeyId=given)["KeyMetadata"]
    if found.get("KeyState", "Enabled") != "Enabled" or found.get("KeyUsage") != "ENCRYPT_DECRYPT":
        what = f"it is {found.get('KeyState')}, for {found.get('KeyUsage')}"
        raise BackendError(
            f"The KMS key {given} cannot encrypt: {what}.",
            "Name an enabled symmetric key in the bucket's region.",
        )
    return str(found["Arn"])


def session(configuration: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[boto3.Session, str | None]:
    """Returns boto3's session for the configuration of a backend or provider, and its region.

    Args:
        configuration: the configuration: ``region``, ``profile``, ``assume_role`` and ``endpoints`` count.
        environ: the environment variables to take the region from.
    """
    import boto3

    profile = configuration.get("profile")
    own = boto3.Session(profile_name=str(profile) if profile else None)
    # boto3 does not know AWS_REGION, which Terraform does.
    region = configuration.get("region") or environ.get("AWS_REGION") or own.region_name
    role = configuration.get("assume_role")
    return (_assumed(own, region, configuration) if role and region else own), region


def _assumed(own: boto3.Session, region: str, configuration: Mapping[str, Any]) -> boto3.Session:
    """Returns a session of the role that Terraform assumes for the state."""
    import boto3

    role = configuration["assume_role"]
    more = {"ExternalId": role["external_id"]} if role.get("external_id") else {}
    answer = _client(own, "sts", region, configuration).assume_role(
        RoleArn=role["role_arn"], RoleSessionName=role.get("session_name") or "domovoi-tf", **more
    )
    given = answer["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)


def _client(own: boto3.Session, service: Any, region: str, configuration: Mapping[str, Any]) -> Any:
    endpoint = (configuration.get("endpoints") or {}).get(service)
    return own.client(service, region_name=region, endpoint_url=endpoint)


def _exists(s3: S3Client, name: str, region: str, account: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        head = s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except ClientError as error:
        if _status(error) == 403:
            raise _foreign(name) from error
        if _status(error) != 404:
            raise
        return False
    if (actual := head.get("BucketRegion", region)) != region:
        raise BackendError(
            f"The bucket {name} is in {actual}, and the backend is configured for {region}.",
            f'Set terraform.backend.s3.region of .chalice/config.json to "{actual}".',
        )
    return True


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


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _foreign(name: str) -> BackendError:
    return BackendError(
        f"The bucket {name} exists and belongs to another account.",
        f"Choose another bucket name in {SETTING}.",
    )


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Gives AWS's errors about a bucket a remedy."""
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
