"""What may be wrong with the account: region, credentials, state and its lock. It waits for nobody long."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.doctor.project import Finding
from domovoi_tf.terraform import locks

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from domovoi_tf.settings import Settings

_CONNECT_SECONDS = 3
_READ_SECONDS = 5


def region(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Looks for the region, in the order in which the AWS provider does.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs#provider-configuration
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    if given := settings.provider.get("region"):
        return Finding("region", "ok", f"{given} (terraform.provider.region)")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if given := environ.get(name):
            return Finding("region", "ok", f"{given} ({name})")
    try:
        given = boto3.Session().region_name
    except BotoCoreError as error:
        return Finding("region", "wrong", str(error), "Check AWS_PROFILE and ~/.aws/config.")
    if given:
        return Finding("region", "ok", f"{given} (the profile's)")
    return Finding(
        "region",
        "wrong",
        "none is chosen",
        "Set AWS_REGION, or terraform.provider.region of .chalice/config.json.",
    )


def credentials(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Asks AWS whose the credentials are."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    chosen = settings.provider.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    try:
        caller = _client("sts", chosen or "us-east-1").get_caller_identity()
    except ClientError as error:
        return Finding(
            "credentials",
            "wrong",
            f"AWS does not take them: {_said(error)}",
            "Sign in again, or check AWS_PROFILE.",
        )
    except (BotoCoreError, ResponseParserError) as error:
        return _unasked("credentials", error)
    return Finding("credentials", "ok", f"account {caller['Account']} as {caller['Arn']}")


def backend(settings: Settings, root: Path) -> Finding:
    """Looks at where the stage's state is.

    Args:
        settings: the stage's.
        root: the stage's folder.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    kind, arguments = settings.backend or ("local", {})
    if kind == "local":
        return Finding("backend", "ok", f"a local file: {_local_state(root, arguments)}")
    if kind != "s3":
        return Finding("backend", "unknown", f"{kind} is not looked at; `domovoi-tf init` tells")
    bucket = str(arguments.get("bucket", ""))
    try:
        _s3(arguments).head_bucket(Bucket=bucket)
    except ClientError as error:
        return _bucket_refused(bucket, error, settings.stage)
    except (BotoCoreError, ResponseParserError) as error:
        return _unasked("backend", error)
    return Finding("backend", "ok", f"s3://{bucket}/{arguments.get('key', '')}")


def lock(settings: Settings, root: Path) -> Finding:
    """Tells whether somebody holds the lock of the stage's state, and who.

    Args:
        settings: the stage's.
        root: the stage's folder.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    kind, arguments = settings.backend or ("local", {})
    if kind == "local":
        return _held(_local_lock(_local_state(root, arguments)), settings.stage)
    if kind != "s3" or not arguments.get("use_lockfile", True):
        return Finding("lock", "unknown", "not looked at: it is not a file in S3")
    try:
        key = f"{arguments.get('key', '')}.tflock"
        answer = _s3(arguments).get_object(Bucket=str(arguments.get("bucket", "")), Key=key)
        return _held(answer["Body"].read(), settings.stage)
    except ClientError as error:
        missing = error.response["Error"]["Code"] in ("NoSuchKey", "404")
        return (
            _held(None, settings.stage)
            if missing
            else Finding("lock", "unknown", f"not looked at: {_said(error)}")
        )
    except (BotoCoreError, ResponseParserError) as error:
        return _unasked("lock", error)


def unseen(names: tuple[str, ...], why: str) -> list[Finding]:
    """Returns findings of what was not looked at."""
    return [Finding(name, "unknown", f"not looked at: {why}") for name in names]


def _client(service: str, region: str | None, profile: str | None = None) -> Any:
    import boto3
    from botocore.config import Config

    session: Any = boto3.Session(profile_name=profile, region_name=region)
    attempts: Any = {"total_max_attempts": 1}
    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries=attempts)
    return session.client(service, config=config)


def _s3(arguments: Mapping[str, Any]) -> Any:
    region = arguments.get("region") or os.environ.get("AWS_REGION")
    return _client("s3", region, arguments.get("profile"))


def _bucket_refused(bucket: str, error: ClientError, stage: str) -> Finding:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == 404:
        return Finding(
            "backend",
            "wrong",
            f"the bucket {bucket} does not exist",
            f"Run `domovoi-tf backend create --stage {stage}`.",
        )
    return Finding(
        "backend",
        "wrong",
        f"the bucket {bucket} cannot be reached: {_said(error)}",
        "Check whose it is, and that these credentials may list it.",
    )


def _unasked(name: str, error: Exception) -> Finding:
    kind = type(error).__name__
    if "Credentials" in kind or "Token" in kind or "SSO" in kind:
        return Finding(
            name,
            "wrong",
            f"there are none: {error}",
            'Set AWS_PROFILE or sign in; for the local emulator: eval "$(domovoi-tf local env)".',
        )
    return Finding(
        name, "wrong", f"AWS cannot be reached: {error}", "Check the network, the region and AWS_PROFILE."
    )


def _said(error: ClientError) -> str:
    found = error.response["Error"]
    return found.get("Message") or found["Code"]


def _held(content: bytes | None, stage: str) -> Finding:
    if content is None:
        return Finding("lock", "ok", "nobody holds it")
    held = locks.parse_file(content)
    return Finding(
        "lock",
        "wrong",
        f"held by {held.describe() if held else 'somebody'}",
        "Wait until they are done; where nobody works on it any more: "
        f"domovoi-tf backend unlock --stage {stage}",
    )


def _local_state(root: Path, arguments: Mapping[str, Any]) -> Path:
    return root / str(arguments.get("path") or "terraform.tfstate")


def _local_lock(state: Path) -> bytes | None:
    """Returns the lock file beside a local state, where a process holds the lock.

    A process that was killed leaves the file, and no lock.
    """
    try:
        content = state.with_name(f".{state.name}.lock.info").read_bytes()
        with state.open("rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return content
    except OSError:
        return None
    return None
