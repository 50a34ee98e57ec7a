"""Checks the AWS account: Region, credentials, the state and its lock, each within a few seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.doctor.project import Finding
from domovoi_tf.errors import DomovoiError
from domovoi_tf.failures import regions
from domovoi_tf.failures.credentials import explain_boto_error
from domovoi_tf.operations.identity.roles import open_session
from domovoi_tf.operations.identity.sessions import make_client_config
from domovoi_tf.settings.formats import EMULATED_ACCOUNT
from domovoi_tf.system.suggestions import spell
from domovoi_tf.terraform import locks, shell_endpoint

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from domovoi_tf.settings import Settings

#: The times in seconds.
_LIMITS: dict[str, Any] = {"connect_timeout": 3, "read_timeout": 5, "retries": {"total_max_attempts": 1}}

_NO_BUCKET_REMEDY = (
    "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
    'export TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"'
)


def check_region(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Checks that a Region is set, in the places where the AWS provider searches.

    Args:
        settings: the stage's settings.
        environ: the environment variables.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs#provider-configuration
    """
    from botocore.exceptions import BotoCoreError

    if region := settings.provider.get("region"):
        return _make_region_finding(str(region), "terraform.provider.region")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if region := environ.get(name):
            return _make_region_finding(region, name)
    try:
        _, region = open_session({"profile": settings.provider.get("profile")}, {})
    except BotoCoreError as error:
        return _make_error_finding("region", error) or Finding("region", "wrong", str(error))
    if region:
        return _make_region_finding(region, "AWS profile")
    return Finding(
        "region",
        "wrong",
        "no Region is set",
        "Set AWS_REGION, or terraform.provider.region in .chalice/config.json.",
    )


def check_credentials(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Checks the credentials with a request for the caller's identity, and the account with the allowed ones.

    Args:
        settings: the stage's settings.
        environ: the environment variables.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    region = settings.provider.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    try:
        provider = {**settings.provider, "region": region or "us-east-1"}
        caller = _create_client("sts", provider, environ).get_caller_identity()
    except DomovoiError as error:
        return Finding("credentials", "wrong", error.message.removesuffix("."), error.remedy)
    except ClientError as error:
        return _make_error_finding("credentials", error) or Finding(
            "credentials",
            "wrong",
            f"AWS does not accept them: {_get_message(error)}",
            "Sign in again, or check AWS_PROFILE.",
        )
    except (BotoCoreError, ResponseParserError) as error:
        return _make_connection_finding("credentials", error)
    return _check_account(settings.provider, caller["Account"]) or Finding(
        "credentials", "ok", f"account {caller['Account']} as {caller['Arn']}"
    )


def check_backend(settings: Settings, root: Path) -> Finding:
    """Checks that the backend of the stage's state can be accessed.

    Args:
        settings: the stage's settings.
        root: the stage's folder.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    backend, arguments = settings.backend or ("local", {})
    if backend == "local":
        return Finding("backend", "ok", f"a local file: {_locate_local_state(root, arguments)}")
    if backend != "s3":
        command = spell("init", settings.stage)
        return Finding("backend", "unknown", f"not checked: only `{command}` can check {backend}")
    bucket = str(arguments.get("bucket", ""))
    if not bucket:
        return Finding("backend", "wrong", "the s3 backend has no bucket", _NO_BUCKET_REMEDY)
    try:
        _create_s3_client(arguments).head_bucket(Bucket=bucket)
    except DomovoiError as error:
        return Finding("backend", "wrong", error.message.removesuffix("."), error.remedy)
    except ClientError as error:
        return _make_bucket_finding(bucket, error, settings.stage)
    except (BotoCoreError, ResponseParserError) as error:
        return _make_connection_finding("backend", error)
    return Finding("backend", "ok", f"s3://{bucket}/{arguments.get('key', '')}")


def check_lock(settings: Settings, root: Path) -> Finding:
    """Checks that no other process holds the lock of the stage's state.

    Args:
        settings: the stage's settings.
        root: the stage's folder.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    backend, arguments = settings.backend or ("local", {})
    if backend == "local":
        return _check_file_lock(_locate_local_state(root, arguments), settings.stage)
    table = arguments.get("dynamodb_table")
    if backend != "s3" or not (arguments.get("use_lockfile", True) or table):
        return Finding("lock", "unknown", "not checked: the lock is not a file in S3")
    try:
        lock = _read_file_lock(arguments) if arguments.get("use_lockfile", True) else None
        if table and not lock:
            path = f"{arguments.get('bucket', '')}/{arguments.get('key', '')}"
            client = _create_client("dynamodb", arguments, os.environ)
            lock = locks.read_table_lock(client, str(table), path)
        return _make_lock_finding(lock, settings.stage)
    except ClientError as error:
        return Finding("lock", "unknown", f"not checked: {_get_message(error)}")
    except (BotoCoreError, ResponseParserError) as error:
        return _make_connection_finding("lock", error)


def _read_file_lock(arguments: Mapping[str, Any]) -> locks.Lock | None:
    from botocore.exceptions import ClientError

    key = f"{arguments.get('key', '')}{locks.S3_SUFFIX}"
    try:
        response = _create_s3_client(arguments).get_object(Bucket=str(arguments.get("bucket", "")), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return locks.parse_file(response["Body"].read(), key)


def skip_checks(names: tuple[str, ...], reason: str) -> list[Finding]:
    """Returns the findings of checks that were not made.

    Args:
        names: the names of the checks.
        reason: the reason, as part of a sentence.
    """
    return [Finding(name, "unknown", f"not checked: {reason}") for name in names]


def _check_account(provider: Mapping[str, Any], account: str) -> Finding | None:
    """Returns the finding that the provider refuses an account; None if it does not."""
    allowed = provider.get("allowed_account_ids")
    if allowed and account not in (*allowed, EMULATED_ACCOUNT):
        says = f"they are of the account {account}, but only {', '.join(allowed)} may be used"
    elif account in provider.get("forbidden_account_ids", ()):
        says = f"they are of the account {account}, which must not be used"
    else:
        return None
    key = "allowed_account_ids" if allowed else "forbidden_account_ids"
    return Finding(
        "credentials",
        "wrong",
        f"{says} (terraform.provider.{key})",
        "Use credentials of another account (AWS_PROFILE), or correct the list in .chalice/config.json.",
    )


def _create_client(service: Any, configuration: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    """Returns a client with the identity of a provider or backend, and its endpoint of the service."""
    limits = make_client_config(**_LIMITS)
    session, region = open_session(configuration, environ, limits)
    endpoint = (configuration.get("endpoints") or {}).get(service)
    return session.client(service, region_name=region, endpoint_url=endpoint, config=limits)


def _create_s3_client(arguments: Mapping[str, Any]) -> Any:
    return _create_client("s3", arguments, os.environ)


def _make_bucket_finding(bucket: str, error: ClientError, stage: str) -> Finding:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == 404:
        return Finding(
            "backend",
            "wrong",
            f"the bucket {bucket} does not exist",
            f"Run `{spell('backend create', stage)}`.",
        )
    return Finding(
        "backend",
        "wrong",
        f"the bucket {bucket} cannot be accessed: {_get_message(error)}",
        "Check which account owns the bucket, and that these credentials permit s3:ListBucket.",
    )


def _make_region_finding(region: str, source: str) -> Finding:
    """Returns the finding about a Region. It may be newer than botocore, so that it is never wrong."""
    if regions.is_known(region):
        return Finding("region", "ok", f"{region} ({source})")
    return Finding(
        "region",
        "unknown",
        f"{region} ({source}) is not a Region that botocore knows.{regions.suggest(region)}",
        "If it is a new one, ignore this, or update boto3.",
    )


def _make_error_finding(name: str, error: Exception) -> Finding | None:
    """Returns the finding about an error of credentials, profiles or Regions; None for others."""
    explanation = explain_boto_error(error)
    if not explanation:
        return None
    return Finding(name, "wrong", explanation.message.removesuffix("."), explanation.remedy)


def _make_connection_finding(name: str, error: Exception) -> Finding:
    if gone := shell_endpoint.explain_unreachable(os.environ):
        return Finding(name, "wrong", gone.message.removesuffix("."), gone.remedy)
    if finding := _make_error_finding(name, error):
        return finding
    return Finding(
        name, "wrong", f"AWS could not be reached: {error}", "Check the network, the Region and AWS_PROFILE."
    )


def _get_message(error: ClientError) -> str:
    details = error.response["Error"]
    return details.get("Message") or details["Code"]


def _check_file_lock(state: Path, stage: str) -> Finding:
    try:
        return _make_lock_finding(locks.read_file_lock(state), stage)
    except OSError as error:
        return Finding("lock", "unknown", f"not checked: {error.strerror}: {error.filename}")


def _make_lock_finding(lock: locks.Lock | None, stage: str) -> Finding:
    if lock is None:
        return Finding("lock", "ok", "not held")
    return Finding(
        "lock",
        "wrong",
        f"held by {lock.describe()}",
        "Wait until they are done. If nobody works on it any more, remove the lock: "
        f"{spell('backend unlock', stage)}",
    )


def _locate_local_state(root: Path, arguments: Mapping[str, Any]) -> Path:
    return root / str(arguments.get("path") or "terraform.tfstate")
