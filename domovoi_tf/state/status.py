"""Reads the status of a stage's state: its content, its bucket's protection and its lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.state import bucket as buckets
from domovoi_tf.state import bucket_settings
from domovoi_tf.state.backend_root import Backend, initialize_backend
from domovoi_tf.state.bucket_creation import build_overrides, require_bucket_name, require_key
from domovoi_tf.terraform import locks
from domovoi_tf.terraform.locks import Lock
from domovoi_tf.terraform.runner import override_environment

#: The argument of an s3 backend for a table of locks, which Terraform has deprecated.
TABLE = "dynamodb_table"


class State(NamedTuple):
    """A summary of a state: its size in bytes, serial, lineage and number of managed resources."""

    size: int
    serial: int
    lineage: str
    resources: int


class BucketStatus(NamedTuple):
    """A state bucket.

    Args:
        name: the bucket.
        region: its region.
        account: the ID of its account.
        exists: whether it exists.
        lacks: the changes that it needs; None if the credentials may not read its settings.
        encryption: the KMS key or the algorithm of its default encryption; None if unknown.
    """

    name: str
    region: str
    account: str
    exists: bool
    lacks: tuple[str, ...] | None
    encryption: str | None


class Status(NamedTuple):
    """The status of a stage's state.

    Args:
        backend: the backend.
        bucket: the state bucket; None if the backend is not s3.
        state: the state; None if nothing has been deployed.
        changed: the time of the last change, in UTC; None if unknown.
        versions: the number of versions in the bucket; None if unknown.
        lock: the lock; None if the state is not locked or ``lock_known`` is false.
        lock_known: whether the backend can be asked for its lock.
        table: the DynamoDB table in which Terraform locks the state too; None if there is none.
        table_lock: the lock in that table; None if it has none.
    """

    backend: Backend
    bucket: BucketStatus | None
    state: State | None
    changed: datetime | None
    versions: int | None
    lock: Lock | None
    lock_known: bool = True
    table: str | None = None
    table_lock: Lock | None = None

    @property
    def held(self) -> Lock | None:
        """The lock that is held, in either place; None if there is none."""
        return self.lock or self.table_lock

    @property
    def is_in_order(self) -> bool:
        """Whether the bucket, if the backend has one, exists and needs no change."""
        return self.bucket is None or (self.bucket.exists and not self.bucket.lacks)


def parse_state(text: str | bytes) -> State | None:
    """Parses a state; returns None if it was never written.

    Args:
        text: the state, as Terraform writes it.

    Raises:
        BackendError: it is not a Terraform state.
    """
    if not text.strip():
        return None
    try:
        content = json.loads(text)
        state = State(len(text), content["serial"], content["lineage"], _count_managed_resources(content))
    except (ValueError, KeyError, TypeError) as error:
        raise BackendError(
            "The state cannot be read: it is not a Terraform state.", "Restore an older version of it."
        ) from error
    # If no state exists, `state pull` prints one with serial 0 and a random lineage.
    return state if state.serial else None


def read_status(backend: Backend, stage: str, environ: Mapping[str, str], program: str | None) -> Status:
    """Reads the status of a state.

    Args:
        backend: the backend of the state.
        stage: the stage.
        environ: the environment variables.
        program: the value of ``--terraform``; None if it was not given.

    Raises:
        BackendError: the bucket belongs to another account, or AWS refuses a request.
        TerraformError: another backend cannot be reached.
    """
    if backend.type == "s3":
        return _read_bucket_status(backend, stage, environ)
    if backend.type == "local":
        return _read_file_status(backend)
    with initialize_backend(backend, stage, environ, program) as terraform:
        text = terraform.capture("state pull")
    return Status(backend, None, parse_state(text), None, None, None, lock_known=False)


def _count_managed_resources(state: Mapping[str, Any]) -> int:
    return sum(resource.get("mode") == "managed" for resource in state.get("resources", []))


def _read_bucket_status(backend: Backend, stage: str, environ: Mapping[str, str]) -> Status:
    name, key = require_bucket_name("s3", backend.arguments), require_key(backend.arguments, stage)
    with override_environment(build_overrides(environ)), buckets.translate_errors(name):
        bucket = buckets.connect(name, backend.arguments, environ)
        bucket_status = _describe_bucket(bucket, backend)
        table = backend.arguments.get(TABLE)
        if not bucket.exists:
            return Status(backend, bucket_status, None, None, None, None, table=table)
        body, changed = _read_object(bucket, key)
        content, locked = _read_object(bucket, key + locks.S3_SUFFIX)
        versions = _read_if_allowed(lambda: _count_versions(bucket, key))
        table_lock = _read_table_lock(bucket, backend, table, f"{name}/{key}") if table else None
    lock = locks.parse_file(content, f"{name}/{key}") if locked else None
    state = parse_state(body)
    return Status(backend, bucket_status, state, changed, versions, lock, table=table, table_lock=table_lock)


def _read_table_lock(bucket: buckets.Bucket, backend: Backend, table: str, path: str) -> Lock | None:
    client = buckets.make_client(bucket.session, "dynamodb", bucket.region, backend.arguments)
    try:
        return locks.read_table_lock(client, table, path)
    except client.exceptions.ResourceNotFoundException as error:
        raise BackendError(
            f"The DynamoDB table {table}, in which Terraform locks the state, does not exist in "
            f"{bucket.region}.",
            "Remove dynamodb_table from terraform.backend.s3 in .chalice/config.json: the file beside the "
            "state locks it (use_lockfile). Or create the table, with the string key LockID.",
        ) from error


def _describe_bucket(bucket: buckets.Bucket, backend: Backend) -> BucketStatus:
    key = backend.arguments.get("kms_key_id")
    changes = _read_if_allowed(lambda: bucket_settings.find_changes(bucket, key))
    lacks = None if changes is None else tuple(change.pending for change in changes)
    default = _read_if_allowed(lambda: bucket_settings.read_encryption(bucket)) or {}
    encryption = default.get("KMSMasterKeyID") or default.get("SSEAlgorithm")
    return BucketStatus(bucket.name, bucket.region, bucket.account, bucket.exists, lacks, encryption)


def _read_object(bucket: buckets.Bucket, key: str) -> tuple[bytes, datetime | None]:
    """Returns the content of an object and its last change; nothing if it does not exist."""
    try:
        response = bucket.s3.get_object(Bucket=bucket.name, Key=key)
    except bucket.s3.exceptions.NoSuchKey:
        return b"", None
    return response["Body"].read(), response["LastModified"]


def _count_versions(bucket: buckets.Bucket, key: str) -> int:
    pages = bucket.s3.get_paginator("list_object_versions").paginate(Bucket=bucket.name, Prefix=key)
    return sum(version["Key"] == key for page in pages for version in page.get("Versions", []))


def _read_if_allowed(read: Callable[[], Any]) -> Any:
    """Returns the result of a function; None if the credentials do not permit its requests."""
    from botocore.exceptions import ClientError

    try:
        return read()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return None


def _read_file_status(backend: Backend) -> Status:
    path = Path(backend.arguments["path"])
    try:
        content = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    except FileNotFoundError:
        return Status(backend, None, None, None, None, None)
    return Status(backend, None, parse_state(content), changed, None, locks.read_file_lock(path))
