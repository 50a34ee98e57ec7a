"""The S3 bucket of a remote state, reached as Terraform reaches it.

https://developer.hashicorp.com/terraform/language/backend/s3
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import BackendError

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

SETTING = "terraform.backend.s3.bucket of .chalice/config.json"


class Bucket(NamedTuple):
    """A bucket in an account, whether it exists or not."""

    s3: S3Client
    session: boto3.Session
    name: str
    region: str
    account: str
    partition: str
    exists: bool


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
