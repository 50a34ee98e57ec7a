"""`domovoi-tf backend`: its errors, and its results as text and for JSON."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from domovoi_tf.cli.terraform import backend_bucket, backend_status
from domovoi_tf.cli.terraform.backend import select_lock
from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.bucket_creation import CreationResult
from domovoi_tf.state.status import BucketStatus, State, Status
from domovoi_tf.terraform.locks import Lock

from ..conftest import Fails

LOCK = Lock("5d0e", "state", "apply", "ann@bar", None)
BUCKET = BucketStatus("states", "eu-west-1", "123456789012", True, (), "AES256")
STATUS = Status(
    Backend("s3", {"bucket": "states", "key": "bar"}),
    BUCKET,
    State(1234, 7, "lineage", 12),
    datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc),
    3,
    LOCK,
)
CREATED = CreationResult("states", "eu-west-1", ("block public access",), "aws", "arn:key")
CREATION = backend_bucket.Creation(CREATED, {"key": "bar"}, "terraform {}\n", {"Version": "1"}, dry_run=True)


def test_creating_a_bucket_needs_a_configured_backend(fails: Fails) -> None:
    assert fails("backend", "create").splitlines()[0] == (
        "Error: No backend is configured for the stage: its state is kept in a local file."
    )


def test_status_lists_state_bucket_and_lock() -> None:
    lines = backend_status.format_status(STATUS)
    assert lines[0] == "state   s3://states/bar"
    assert lines[1] == "        12 resources, 1,234 bytes, serial 7, lineage lineage"
    assert lines[2].startswith("        changed 2026-01-31 10:00:00 UTC (")
    assert lines[2].endswith("); 3 versions are kept")
    assert lines[3:] == [
        "bucket  states in eu-west-1, account 123456789012",
        "        versioned, encrypted (AES256), private, TLS only, old versions expire",
        "lock    held by ann@bar for apply; lock 5d0e",
    ]


@pytest.mark.parametrize(
    ("bucket", "lines"),
    [
        (BUCKET._replace(exists=False), ["does not exist: run `domovoi-tf backend create`"]),
        (BUCKET._replace(lacks=None), ["settings unknown: these credentials may not read them"]),
        (
            BUCKET._replace(lacks=("turn versioning on",)),
            ["to do: turn versioning on", "run `domovoi-tf backend create`"],
        ),
    ],
)
def test_status_names_what_the_bucket_lacks(bucket: BucketStatus, lines: list[str]) -> None:
    status = STATUS._replace(bucket=bucket, state=None, lock=None)
    assert backend_status.format_status(status)[3:] == [
        *(f"        {line}" for line in lines),
        "lock    free",
    ]


def test_status_for_json_has_the_keys_that_programs_rely_on() -> None:
    document = backend_status.describe_status(STATUS, "dev")
    assert [*document] == [
        *("stage", "backend", "location", "bucket", "state", "changed", "versions", "lock", "lock_known")
    ]
    assert [*document["bucket"]] == ["name", "region", "account", "exists", "lacks", "encryption"]
    assert [*document["state"]] == ["size", "serial", "lineage", "resources"]
    assert [*document["lock"]] == ["id", "path", "operation", "who", "created"]


def test_creation_lists_changes_advice_and_policy() -> None:
    assert backend_bucket.format_creation(CREATION) == [
        "  would block public access",
        "states: not changed because of --dry-run.",
        'Add "kms_key_id": "arn:key" to terraform.backend.s3 in .chalice/config.json.',
        "  Without it, S3 encrypts the state with AES256, whatever the bucket's default encryption is.",
        "\nbackend.tf, as `domovoi-tf render` writes it:\n\nterraform {}\n",
        'IAM policy for deploying with this bucket:\n\n{\n  "Version": "1"\n}',
    ]
    unchanged = CREATION._replace(bucket=CREATED._replace(changes=()))
    assert backend_bucket.format_changes(unchanged) == ["states: nothing to change."]
    assert backend_bucket.format_changes(CREATION._replace(dry_run=False))[1] == "states: ready."


@pytest.mark.parametrize(
    ("status", "lock_id", "message"),
    [
        (
            STATUS._replace(backend=Backend("local", {"path": "x"})),
            None,
            "The state of dev is a local file, locked by ann@bar for apply.\n"
            "The lock is released when the process that holds it ends. Wait for it, or end it.",
        ),
        (
            STATUS._replace(lock=None),
            None,
            "Cannot read the lock of dev from s3://states/bar.\n"
            "Run `domovoi-tf plan`, and pass the lock ID from its error message with --id LOCK_ID.",
        ),
        (
            STATUS,
            "other",
            "The state of dev is not locked by other: it is locked by ann@bar for apply.\n"
            "Omit --id to release that lock, 5d0e.",
        ),
    ],
)
def test_lock_that_cannot_be_released_is_an_error(status: Status, lock_id: str | None, message: str) -> None:
    with pytest.raises(BackendError) as error:
        select_lock(status, "dev", lock_id)
    assert str(error.value) == message


def test_lock_is_released_by_its_id() -> None:
    assert select_lock(STATUS, "dev", None) == select_lock(STATUS, "dev", "5d0e") == "5d0e"
    assert select_lock(STATUS._replace(lock=None), "dev", "x") == "x"
