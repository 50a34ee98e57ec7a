"""The output of `backend status`, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domovoi_tf.state.status import BucketStatus, Status
    from domovoi_tf.terraform.locks import Lock


def _lines(found: Status) -> list[str]:
    lines = [f"state   {found.backend.title}", *(f"        {line}" for line in _of_state(found))]
    if bucket := found.bucket:
        lines.append(f"bucket  {bucket.name} in {bucket.region}, account {bucket.account}")
        lines += [f"        {line}" for line in _of_bucket(bucket)]
    held = found.lock and f"held by {found.lock.describe()}; lock {found.lock.id}"
    free = "free" if found.lock_known else "not known: only Terraform can ask this backend, by taking it"
    return [*lines, f"lock    {held or free}"]


def _of_state(found: Status) -> list[str]:
    if found.state is None:
        return ["none yet: nothing was deployed"]
    from datetime import datetime, timezone

    from domovoi_tf.terraform.locks import format_age

    state = found.state
    lines = [
        f"{state.resources} resources, {state.size:,} bytes, serial {state.serial}, lineage {state.lineage}"
    ]
    if found.changed:
        age = format_age(datetime.now(timezone.utc) - found.changed)
        versions = "" if found.versions is None else f"; {found.versions} versions are kept"
        lines.append(f"changed {found.changed:%Y-%m-%d %H:%M:%S} UTC ({age}){versions}")
    return lines


def _of_bucket(bucket: BucketStatus) -> list[str]:
    if not bucket.exists:
        return ["does not exist: run `domovoi-tf backend create`"]
    if bucket.lacks is None:
        return ["what protects it cannot be seen with these credentials"]
    if bucket.lacks:
        return [*(f"to do: {line}" for line in bucket.lacks), "run `domovoi-tf backend create`"]
    return [f"versioned, encrypted ({bucket.encryption}), private, TLS only, old versions expire"]


def _described(found: Status, stage: str) -> dict[str, Any]:
    bucket, lock = found.bucket, found.lock
    return {
        "stage": stage,
        "backend": found.backend.type,
        "location": found.backend.title,
        "bucket": bucket._asdict() if bucket else None,
        "state": found.state._asdict() if found.state else None,
        "changed": found.changed.isoformat() if found.changed else None,
        "versions": found.versions,
        "lock": _described_lock(lock) if lock else None,
        "lock_known": found.lock_known,
    }


def _described_lock(lock: Lock) -> dict[str, Any]:
    return {**lock._asdict(), "created": lock.created.isoformat() if lock.created else None}
