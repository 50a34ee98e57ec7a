"""Describes the status of a state as text and for JSON, for `backend status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_count

if TYPE_CHECKING:
    from domovoi_tf.state.status import BucketStatus, Status
    from domovoi_tf.terraform.locks import Lock


def format_status(status: Status, stage: str) -> list[str]:
    """Returns the lines that describe a state, its bucket and its lock."""
    lines = [f"state   {status.backend.title}", *(f"        {line}" for line in _format_state(status))]
    if bucket := status.bucket:
        lines.append(f"bucket  {bucket.name} in {bucket.region}, account {bucket.account}")
        lines += [f"        {line}" for line in _format_bucket(bucket, stage)]
    first, *others = _format_locks(status)
    return [*lines, f"lock    {first}", *(f"        {line}" for line in others)]


def _format_state(status: Status) -> list[str]:
    if status.state is None:
        return ["none yet: nothing was deployed"]
    from datetime import datetime, timezone

    from domovoi_tf.terraform.locks import format_age

    state = status.state
    lines = [
        f"{format_count(state.resources, 'resource')}, {state.size:,} bytes, "
        f"serial {state.serial}, lineage {state.lineage}"
    ]
    if status.changed:
        age = format_age(datetime.now(timezone.utc) - status.changed)
        versions = "" if status.versions is None else f"; {_format_versions(status.versions)}"
        lines.append(f"changed {status.changed:%Y-%m-%d %H:%M:%S} UTC ({age}){versions}")
    return lines


def _format_versions(number: int) -> str:
    return f"{format_count(number, 'version')} {'is' if number == 1 else 'are'} kept"


def _format_bucket(bucket: BucketStatus, stage: str) -> list[str]:
    remedy = f"run `{spell('backend create', stage)}`"
    if not bucket.exists:
        return [f"does not exist: {remedy}"]
    if bucket.lacks is None:
        return ["settings unknown: these credentials may not read them"]
    if bucket.lacks:
        return [*(f"to do: {line}" for line in bucket.lacks), remedy]
    return [f"versioned, encrypted ({bucket.encryption}), private, TLS only, old versions expire"]


def _format_locks(status: Status) -> list[str]:
    """Returns a line for each place of a lock. Terraform holds the locks of all places while it works."""
    if not status.lock_known:
        return ["unknown: only a Terraform command that locks this state can tell"]
    if not status.table:
        return [_format_lock(status.lock)]
    lines = [f"DynamoDB table {status.table}: {_format_lock(status.table_lock)}"]
    if status.backend.arguments.get("use_lockfile") or status.lock:
        lines = [f"file beside the state: {_format_lock(status.lock)}", *lines]
    return [*lines, "Terraform has deprecated dynamodb_table: the file beside the state locks it as well"]


def _format_lock(lock: Lock | None) -> str:
    return f"held by {lock.describe_with_id()}" if lock else "free"


def describe_status(status: Status, stage: str) -> dict[str, Any]:
    """Returns the status of a state for JSON."""
    bucket, lock, table_lock = status.bucket, status.lock, status.table_lock
    return {
        "stage": stage,
        "backend": status.backend.type,
        "location": status.backend.title,
        "bucket": bucket._asdict() if bucket else None,
        "state": status.state._asdict() if status.state else None,
        "changed": status.changed.isoformat() if status.changed else None,
        "versions": status.versions,
        "lock": _describe_lock(lock) if lock else None,
        "lock_known": status.lock_known,
        "table": status.table,
        "table_lock": _describe_lock(table_lock) if table_lock else None,
    }


def _describe_lock(lock: Lock) -> dict[str, Any]:
    return {**lock._asdict(), "created": lock.created.isoformat() if lock.created else None}
