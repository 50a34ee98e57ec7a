"""The status of a state: in a bucket in memory, in a file, or as Terraform prints it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from fake_aws import FakeAws, FakeS3, refusal
from fake_terraform import FakeTerraform

from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.status import BucketStatus, State, Status, parse_state, read_status
from domovoi_tf.terraform.locks import Lock

from .test_bucket_settings import COMPLETE, kms

BUCKET = Backend("s3", {"bucket": "states", "key": "bar/dev/terraform.tfstate", "region": "eu-west-1"})
KEY = "bar/dev/terraform.tfstate"
RESOURCES = [{"mode": "managed"}, {"mode": "data"}, {"mode": "managed"}, {}]
TEXT = json.dumps({"serial": 7, "lineage": "l", "resources": RESOURCES})
STATE = State(len(TEXT), 7, "l", 2)
LOCK = {"ID": "1", "Path": KEY, "Operation": "OperationTypeApply", "Who": "ada@workshop", "Created": ""}
HELD = Lock("1", KEY, "apply", "ada@workshop", None)
IN_ORDER = BucketStatus("states", "eu-west-1", "123456789012", True, (), "AES256")


def read(backend: Backend = BUCKET) -> Status:
    return read_status(backend, "dev", os.environ, None)


# The state itself


def test_state_is_summarised() -> None:
    assert parse_state(TEXT) == parse_state(TEXT.encode()) == STATE
    assert parse_state('{"serial":1,"lineage":"l"}') == State(26, 1, "l", 0)


@pytest.mark.parametrize("text", ["", "  \n", b"", '{"serial": 0, "lineage": "l", "resources": []}'])
def test_state_that_was_never_written_is_none(text: str | bytes) -> None:
    assert parse_state(text) is None


@pytest.mark.parametrize("text", ["{", "[]", "1", "{}", '{"serial": 1}', '{"lineage": "l"}'])
def test_other_text_is_not_a_state(text: str) -> None:
    with pytest.raises(BackendError) as caught:
        parse_state(text)
    assert str(caught.value) == (
        "The state cannot be read: it is not a Terraform state.\nRestore an older version of it."
    )


# In a bucket


@pytest.fixture
def s3(aws: FakeAws) -> FakeS3:
    return FakeS3(aws)


def test_state_in_a_bucket_has_its_versions_and_its_lock(s3: FakeS3) -> None:
    s3.create("states", **COMPLETE)
    for _ in range(3):
        s3.put("states", KEY, TEXT.encode())
    s3.put("states", f"{KEY}.tflock", json.dumps(LOCK).encode())
    s3.put("states", f"{KEY}.backup", b"")
    assert read() == Status(BUCKET, IN_ORDER, STATE, s3.changed, 3, HELD, True)
    assert read().is_in_order


def test_bucket_without_the_state_and_its_lock(s3: FakeS3) -> None:
    s3.create("states", **COMPLETE)
    assert read() == Status(BUCKET, IN_ORDER, None, None, 0, None, True)


TABLE = Backend("s3", {**BUCKET.arguments, "dynamodb_table": "locks"})
ITEM = {"Item": {"LockID": {"S": f"states/{KEY}"}, "Info": {"S": json.dumps(LOCK)}}}


@pytest.mark.parametrize(
    ("answer", "lock"),
    [
        ({}, None),
        (ITEM, HELD),
        ({"Item": {"LockID": {"S": "x"}}}, Lock("", f"states/{KEY}", "", "", None)),
    ],
)
def test_lock_in_a_table_is_beside_that_in_a_file(
    aws: FakeAws, s3: FakeS3, answer: dict[str, Any], lock: Lock | None
) -> None:
    aws.on("dynamodb", "GetItem", answer)
    s3.create("states", **COMPLETE)
    status = read(TABLE)
    assert (status.lock, status.table, status.table_lock, status.held) == (None, "locks", lock, lock)
    assert aws.made("GetItem") == [
        {"TableName": "locks", "Key": {"LockID": {"S": f"states/{KEY}"}}, "ConsistentRead": True}
    ]
    s3.put("states", f"{KEY}.tflock", json.dumps({**LOCK, "ID": "2"}).encode())
    assert read(TABLE).held == HELD._replace(id="2")


def test_table_of_locks_that_does_not_exist_is_an_error(aws: FakeAws, s3: FakeS3) -> None:
    aws.on("dynamodb", "GetItem", refusal("ResourceNotFoundException"))
    s3.create("states", **COMPLETE)
    with pytest.raises(BackendError) as caught:
        read(TABLE)
    assert str(caught.value) == (
        "The DynamoDB table locks, in which Terraform locks the state, does not exist in eu-west-1.\n"
        "Remove dynamodb_table from terraform.backend.s3 in .chalice/config.json: the file beside the state "
        "locks it (use_lockfile). Or create the table, with the string key LockID."
    )


@pytest.mark.parametrize("content", [b"", b"{", b"{}"])
def test_lock_file_that_cannot_be_read_is_held_too(s3: FakeS3, content: bytes) -> None:
    s3.create("states", **COMPLETE)
    s3.put("states", f"{KEY}.tflock", content)
    assert read().lock == Lock("", f"states/{KEY}", "", "", None)


def test_missing_bucket_is_not_in_order(s3: FakeS3) -> None:
    status = read()
    assert status == Status(BUCKET, status.bucket, None, None, None, None)
    assert status.bucket
    assert (status.bucket.exists, status.bucket.encryption, status.is_in_order) == (False, None, False)
    assert status.bucket.lacks is not None
    assert status.bucket.lacks[0] == "create the bucket states in eu-west-1"


def test_settings_that_the_bucket_lacks_are_named(s3: FakeS3) -> None:
    s3.create("states", **{**COMPLETE, "versioning": {"Status": "Suspended"}})
    status = read()
    assert status.bucket == IN_ORDER._replace(lacks=("turn versioning on",))
    assert not status.is_in_order
    assert s3.buckets["states"]["versioning"] == {"Status": "Suspended"}


@pytest.mark.parametrize(
    ("encryption", "key", "title", "lacks"),
    [
        (kms("alias/states"), None, "alias/states", ()),
        (kms("alias/states"), "alias/states", "alias/states", ()),
        (COMPLETE["ServerSideEncryptionConfiguration"], "alias/states", "AES256", 1),
        ({"Rules": []}, None, None, 1),
    ],
)
def test_encryption_is_the_key_or_the_algorithm(
    s3: FakeS3, encryption: Any, key: str | None, title: str | None, lacks: Any
) -> None:
    s3.create("states", **{**COMPLETE, "ServerSideEncryptionConfiguration": encryption})
    bucket = read(BUCKET._replace(arguments={**BUCKET.arguments, "kms_key_id": key})).bucket
    assert bucket
    assert bucket.encryption == title
    assert len(bucket.lacks or ()) == (lacks or 0)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("GetBucketPolicy", {"lacks": None}),
        ("GetBucketEncryption", {"lacks": None, "encryption": None}),
    ],
)
def test_settings_that_may_not_be_read_are_unknown(
    aws: FakeAws, s3: FakeS3, operation: str, expected: dict[str, Any]
) -> None:
    s3.create("states", **COMPLETE)
    s3.put("states", KEY, TEXT.encode())
    aws.on("s3", operation, refusal("AccessDenied", "no", 403))
    status = read()
    assert (status.bucket, status.state, status.versions) == (IN_ORDER._replace(**expected), STATE, 1)
    assert status.is_in_order


def test_versions_that_may_not_be_counted_are_unknown(aws: FakeAws, s3: FakeS3) -> None:
    s3.create("states", **COMPLETE)
    s3.put("states", KEY, TEXT.encode())
    aws.on("s3", "ListObjectVersions", refusal("AccessDenied", "no", 403))
    assert (read().versions, read().state) == (None, STATE)


@pytest.mark.parametrize(
    ("operation", "status"), [("GetObject", 403), ("GetBucketPolicy", 500), ("ListObjectVersions", 503)]
)
def test_other_refusals_are_errors(aws: FakeAws, s3: FakeS3, operation: str, status: int) -> None:
    s3.create("states", **COMPLETE)
    aws.on("s3", operation, refusal("Refused", "not now", status))
    with pytest.raises(BackendError, match=f"AWS refused {operation} for the bucket states: not now"):
        read()


# In a file


def in_file(path: Path) -> Backend:
    return Backend("local", {"path": str(path)})


def test_state_in_a_file_has_the_time_of_its_last_change(tmp_path: Path) -> None:
    path = tmp_path / "terraform.tfstate"
    assert read(in_file(path)) == Status(in_file(path), None, None, None, None, None)
    path.write_text(TEXT)
    os.utime(path, (1_767_225_600, 1_767_225_600))
    changed = datetime(2026, 1, 1, tzinfo=timezone.utc)
    status = read(in_file(path))
    assert status == Status(in_file(path), None, STATE, changed, None, None, True)
    assert status.is_in_order


def test_lock_of_a_local_state_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "terraform.tfstate"
    path.write_text(TEXT)
    info = tmp_path / ".terraform.tfstate.lock.info"
    info.write_text(json.dumps(LOCK))
    assert read(in_file(path)).lock is None  # left by a process that was killed
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"locked\n"
        assert read(in_file(path)).lock == HELD
        info.write_text("half")
        assert read(in_file(path)).lock == Lock("", str(path), "", "", None)
        info.unlink()
        assert read(in_file(path)).lock == Lock("", str(path), "", "", None)
        holder.communicate()
    assert read(in_file(path)).lock is None
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # reading the status left no lock


# In any other backend


def test_state_of_another_backend_is_pulled_by_terraform_and_its_lock_unknown(
    terraform: FakeTerraform,
) -> None:
    backend = Backend("gcs", {"bucket": "b"})
    terraform.on("state pull", TEXT, backend='backend "gcs"')
    assert read(backend) == Status(backend, None, STATE, None, None, None, False)
    terraform.on("state pull", "")
    assert read(backend).state is None


def test_backend_of_an_override_file_may_lack_the_key(aws: FakeAws) -> None:
    with pytest.raises(BackendError) as caught:
        read_status(Backend("s3", {"bucket": "states"}), "prod", os.environ, None)
    assert str(caught.value) == (
        "The s3 backend has no key.\n"
        "Configure terraform.backend.s3 in .chalice/config.json, which has a default, or run "
        "`domovoi-tf init --stage prod` first."
    )
