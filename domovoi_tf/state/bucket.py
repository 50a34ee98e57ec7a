"""Connects to the S3 bucket of a remote state, with the same credentials as Terraform.

https://developer.hashicorp.com/terraform/language/backend/s3
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.failures.credentials import explain_boto_error
from domovoi_tf.operations.identity.roles import open_session
from domovoi_tf.operations.identity.sessions import make_client_config
from domovoi_tf.terraform.shell_endpoint import explain_unreachable

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

BUCKET_SETTING = "terraform.backend.s3.bucket in .chalice/config.json"


class Bucket(NamedTuple):
    """A bucket in an account, which may not exist yet."""

    s3: S3Client
    session: boto3.Session
    name: str
    region: str
    account: str
    partition: str
    exists: bool


def connect(name: str, configuration: Mapping[str, Any], environ: Mapping[str, str]) -> Bucket:
    """Connects to a bucket with the credentials and the region of an s3 backend.

    Args:
        name: the bucket.
        configuration: the arguments of the backend, of which the region, the endpoints, and those for
            credentials are read.
        environ: the environment variables, which may set the region.

    Raises:
        BackendError: no region is set, or the bucket belongs to another account or is in another region.

    https://developer.hashicorp.com/terraform/language/backend/s3#credentials-and-shared-configuration
    """
    session, region = open_session(configuration, environ)
    if not region:
        raise BackendError(
            f"No region is set for the bucket {name}.",
            "Set terraform.backend.s3.region in .chalice/config.json, or AWS_REGION.",
        )
    caller = make_client(session, "sts", region, configuration).get_caller_identity()
    s3 = make_client(session, "s3", region, configuration)
    partition = caller["Arn"].split(":")[1]
    exists = _check_bucket(s3, name, region, caller["Account"])
    return Bucket(s3, session, name, region, caller["Account"], partition, exists)


def resolve_key_arn(bucket: Bucket, key: str) -> str:
    """Returns the ARN of a KMS key that is to encrypt the objects of a bucket.

    Args:
        bucket: the bucket, whose region the key must be in.
        key: the key's ARN, ID or alias.

    Raises:
        BackendError: the key is not an enabled symmetric key.
    """
    kms = bucket.session.client("kms", region_name=bucket.region, config=make_client_config())
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    state, usage = metadata.get("KeyState", "Enabled"), metadata.get("KeyUsage")
    if state != "Enabled" or usage != "ENCRYPT_DECRYPT":
        raise BackendError(
            f"The KMS key {key} cannot encrypt the state: its state is {state} and its usage is {usage}.",
            "Use an enabled symmetric encryption key in the bucket's region.",
        )
    return str(metadata["Arn"])


def make_client(session: boto3.Session, service: Any, region: str, configuration: Mapping[str, Any]) -> Any:
    """Returns a client with the endpoint that a backend has for the service, if it has one.

    Args:
        session: the session with the backend's identity.
        service: the service, as boto3 names it.
        region: the region.
        configuration: the arguments of the backend.
    """
    endpoint = (configuration.get("endpoints") or {}).get(service)
    return session.client(service, region_name=region, endpoint_url=endpoint, config=make_client_config())


def _check_bucket(s3: S3Client, name: str, region: str, account: str) -> bool:
    """Returns whether the bucket exists; raises BackendError if it cannot be used."""
    from botocore.exceptions import ClientError

    try:
        head = s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except ClientError as error:
        if _get_status_code(error) == 403:
            raise _make_ownership_error(name) from error
        if _get_status_code(error) != 404:
            raise
        return False
    if (actual := head.get("BucketRegion", region)) != region:
        raise BackendError(
            f"The bucket {name} is in {actual}, but the backend is configured for {region}.",
            f'Set terraform.backend.s3.region in .chalice/config.json to "{actual}".',
        )
    return True


def _get_status_code(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _make_ownership_error(name: str) -> BackendError:
    return BackendError(
        f"The bucket {name} exists and belongs to another account.",
        f"Choose another bucket name in {BUCKET_SETTING}.",
    )


@contextlib.contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Turns errors of boto3 about a bucket into BackendError, with a remedy.

    Args:
        name: the bucket.

    Raises:
        EmulatorError: the shell is set up for an emulator that is not running.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "BucketAlreadyExists":
            raise _make_ownership_error(name) from error
        if explanation := explain_boto_error(error):
            raise BackendError(*explanation) from error
        raise BackendError(
            f"AWS refused {error.operation_name} for the bucket {name}: {error.response['Error']['Message']}",
            "Check that the credentials permit this operation.",
        ) from error
    except BotoCoreError as error:
        if explanation := explain_boto_error(error):
            raise BackendError(*explanation) from error
        if gone := explain_unreachable(os.environ):
            raise gone from error
        raise BackendError(
            f"The request to AWS failed: {error}", "Check AWS_PROFILE, AWS_REGION and the network."
        ) from error
