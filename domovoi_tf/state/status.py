"""The state of a stage: where it is, what protects it, and who holds its lock."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.state import bucket as buckets
from domovoi_tf.state import bucket_settings
from domovoi_tf.state.backend_root import Place, state_root
from domovoi_tf.state.bucket_creation import bucket_name, environment_of
from domovoi_tf.terraform import locks
from domovoi_tf.terraform.locks import Lock
from domovoi_tf.terraform.runner import override_environment

SUFFIX = ".tflock"


class State(NamedTuple):
    """What a state says of itself: its size in bytes, its serial number and lineage, how many resources."""

    size: int
    serial: int
    lineage: str
    resources: int


class BucketStatus(NamedTuple):
    """A state bucket, and what it lacks; None where these credentials may not see that."""

    name: str
    region: str
    account: str
    exists: bool
    lacks: tuple[str, ...] | None
    encryption: str | None


class Status(NamedTuple):
    """The state of a stage.

    ``state`` is None where nothing was deployed yet, ``versions`` where there is no counting them;
    ``lock`` is None where it is free, and where ``lock_known`` is False.
    """

    at: Place
    bucket: BucketStatus | None
    state: State | None
    changed: datetime | None
    versions: int | None
    lock: Lock | None
    lock_known: bool = True

    @property
    def in_order(self) -> bool:
        """Whether the bucket is there and lacks nothing."""
        return self.bucket is None or (self.bucket.exists and not self.bucket.lacks)


def parse(text: str | bytes) -> State | None:
    """Returns what a state says of itself; None where it was never written.

    Args:
        text: the state, as Terraform writes it.

    Raises:
        BackendError: it is no state.
    """
    if not text.strip():
        return None
    try:
        found = json.loads(text)
        state = State(len(text), found["serial"], found["lineage"], len(_managed(found)))
    except (ValueError, KeyError, TypeError) as error:
        raise BackendError(
            "The state is not one of Terraform's.", "Look at its older versions, and restore one."
        ) from error
    # `state pull` shows one that was never written, with a lineage made up, where there is none.
    return state if state.serial else None


def status(at: Place, stage: str, environ: Mapping[str, str]) -> Status:
    """Returns the status of a state.

    Args:
        at: where the state is.
        stage: the stage.
        environ: the environment variables.

    Raises:
        BackendError: the bucket is another account's, or cannot be asked.
        TerraformError: another backend cannot be reached.
    """
    if at.type == "s3":
        return _in_bucket(at, environ)
    if at.type == "local":
        return _in_file(at)
    with state_root(at, stage, environ) as terraform:
        text = terraform.capture("state pull")
    return Status(at, None, parse(text), None, None, None, lock_known=False)


def _managed(state: Mapping[str, Any]) -> list[Any]:
    return [each for each in state.get("resources", []) if each.get("mode") == "managed"]


def _in_bucket(at: Place, environ: Mapping[str, str]) -> Status:
    name, key = bucket_name("s3", at.arguments), str(at.arguments["key"])
    with override_environment(environment_of(environ)), buckets.explained(name):
        bucket = buckets.connect(name, at.arguments, environ)
        described = _bucket_status(bucket, at)
        if not bucket.exists:
            return Status(at, described, None, None, None, None)
        body, changed = _object(bucket, key)
        lock, _ = _object(bucket, key + SUFFIX)
        versions = _allowed(lambda: _versions(bucket, key))
    return Status(at, described, parse(body), changed, versions, locks.parse_file(lock))


def _bucket_status(bucket: buckets.Bucket, at: Place) -> BucketStatus:
    key = at.arguments.get("kms_key_id")
    lacks = _allowed(lambda: tuple(change.wanted for change in bucket_settings.changes(bucket, key)))
    default = (_allowed(lambda: bucket_settings.encryption(bucket)) if bucket.exists else None) or {}
    encryption = default.get("KMSMasterKeyID") or default.get("SSEAlgorithm")
    return BucketStatus(bucket.name, bucket.region, bucket.account, bucket.exists, lacks, encryption)


def _object(bucket: buckets.Bucket, key: str) -> tuple[bytes, datetime | None]:
    """Returns an object's content and when it was written; no content where there is none."""
    try:
        answer = bucket.s3.get_object(Bucket=bucket.name, Key=key)
    except bucket.s3.exceptions.NoSuchKey:
        return b"", None
    return answer["Body"].read(), answer["LastModified"]


def _versions(bucket: buckets.Bucket, key: str) -> int:
    pages = bucket.s3.get_paginator("list_object_versions").paginate(Bucket=bucket.name, Prefix=key)
    return sum(version["Key"] == key for page in pages for version in page.get("Versions", []))


def _allowed(ask: Callable[[], Any]) -> Any:
    """Returns the answer; None where these credentials may not ask."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return None


def _in_file(at: Place) -> Status:
    path = Path(at.arguments["path"])
    try:
        content = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    except FileNotFoundError:
        return Status(at, None, None, None, None, None)
    return Status(at, None, parse(content), changed, None, _file_lock(path))


def _file_lock(path: Path) -> Lock | None:
    """Returns the lock of a local state, which ends with its process, whatever that left behind."""
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            info = path.with_name(f".{path.name}.lock.info")
            return locks.parse_file(info.read_bytes() if info.exists() else b"") or Lock(
                "", str(path), "", "", None
            )
    return None
