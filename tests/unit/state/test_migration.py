"""Migration of a state between backends, with a Terraform that answers what the test says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from fake_aws import FakeAws, FakeS3
from fake_terraform import FakeTerraform

from domovoi_tf.errors import BackendError
from domovoi_tf.state import migration
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.migration import Migration
from domovoi_tf.state.status import State
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.locks import LockedError
from domovoi_tf.terraform.runner import Terraform

from .test_bucket_settings import COMPLETE
from .test_status import LOCK

OLD, NEW = Backend("gcs", {"bucket": "old"}), Backend("http", {"address": "https://new"})
BUCKET = Backend("s3", {"bucket": "states", "key": "bar/dev/terraform.tfstate", "region": "eu-west-1"})


def state(serial: int = 7, beer: str = "pils", lineage: str = "l", url: str = "u") -> str:
    resources = [{"mode": "managed", "instances": [{"beer": beer}]}]
    outputs = {"url": {"value": url}}
    return json.dumps({"serial": serial, "lineage": lineage, "resources": resources, "outputs": outputs})


@pytest.fixture(autouse=True)
def states(terraform: FakeTerraform) -> FakeTerraform:
    """The old backend has a state, and no other has any."""
    terraform.on("state pull")
    terraform.on("state pull", state(), backend='backend "gcs"')
    return terraform


def prepare(source: Backend = OLD, target: Backend = NEW) -> Migration | None:
    return migration.prepare(source, target, "dev", os.environ, None)


def error(source: Backend = OLD, target: Backend = NEW) -> str:
    with pytest.raises(BackendError) as caught:
        prepare(source, target)
    return str(caught.value)


def test_state_is_read_from_the_source_and_the_target_is_empty(terraform: FakeTerraform) -> None:
    text = state()
    assert prepare() == Migration(OLD, NEW, "dev", State(len(text), 7, "l", 1), text)
    pulls = [call["backend"] for call in terraform.calls if call["args"][:2] == ["state", "pull"]]
    assert ['"gcs"' in pulls[0], '"http"' in pulls[1], len(pulls)] == [True, True, 2]


@pytest.mark.parametrize("text", ["", '{"serial": 0, "lineage": "made-up"}'])
def test_without_a_state_there_is_nothing_to_migrate(terraform: FakeTerraform, text: str) -> None:
    terraform.on("state pull", text, backend='backend "gcs"')
    assert prepare() is None


@pytest.mark.parametrize(("source", "target"), [(OLD, Backend("cloud", {})), (Backend("cloud", {}), NEW)])
def test_hcp_terraform_migrates_by_itself(terraform: FakeTerraform, source: Backend, target: Backend) -> None:
    assert error(source, target) == (
        "A state in HCP Terraform can only be migrated in a dialog with Terraform.\n"
        "Run `domovoi-tf render`, then `domovoi-tf init` in a terminal."
    )
    assert terraform.calls == []


def test_same_location_is_an_error_whatever_the_other_arguments(terraform: FakeTerraform) -> None:
    source = Backend("s3", {**BUCKET.arguments, "profile": "old"})
    assert error(source, BUCKET) == (
        "The state of dev is already in s3://states/bar/dev/terraform.tfstate.\n"
        "If only other arguments of the backend changed, run: domovoi-tf init -- -reconfigure"
    )
    assert terraform.calls == []


@pytest.mark.parametrize("text", [state(lineage="other", serial=9), state()])
def test_target_that_has_the_state_already_is_an_error(terraform: FakeTerraform, text: str) -> None:
    terraform.on("state pull", text, backend='backend "http"')
    assert error() == (
        "The state of dev has already been migrated to the http backend.\n"
        "To make Terraform use it, run: domovoi-tf render, "
        "then domovoi-tf init -- -reconfigure"
    )


@pytest.mark.parametrize("text", [state(3, beer="stout"), state(3, url="other")])
def test_target_that_has_another_state_is_an_error(terraform: FakeTerraform, text: str) -> None:
    terraform.on("state pull", text, backend='backend "http"')
    assert error() == (
        "There is already another state in the http backend: serial 3, 1 resource.\n"
        "Configure another key, or remove that state if nobody needs it. Nothing was overwritten."
    )


def test_bucket_that_does_not_exist_is_an_error(aws: FakeAws) -> None:
    FakeS3(aws)
    assert error(OLD, BUCKET) == ("The bucket states does not exist.\nRun `domovoi-tf backend create` first.")


@pytest.mark.parametrize("into", [True, False])
def test_locked_state_is_not_migrated(aws: FakeAws, terraform: FakeTerraform, into: bool) -> None:
    s3 = FakeS3(aws)
    s3.create("states", **COMPLETE)
    s3.put("states", "bar/dev/terraform.tfstate.tflock", json.dumps(LOCK).encode())
    with pytest.raises(LockedError) as caught:
        prepare(*((OLD, BUCKET) if into else (BUCKET, NEW)))
    assert str(caught.value).startswith("The state of dev is locked by ada@workshop for apply; lock 1.\n")
    assert "state pull" not in terraform.commands


def test_state_is_migrated_from_a_file_into_a_bucket(
    aws: FakeAws, terraform: FakeTerraform, tmp_path: Path
) -> None:
    FakeS3(aws).create("states", **COMPLETE)
    source = Backend("local", {"path": str(tmp_path / "dev.tfstate")})
    (tmp_path / "dev.tfstate").write_text(state())
    terraform.on("state pull", state(), backend='backend "local"')
    found = prepare(source, BUCKET)
    assert found
    assert (found.source, found.target, found.state.serial) == (source, BUCKET, 7)


def planned() -> Migration:
    found = prepare()
    assert found
    return found


def test_backup_is_for_this_user_alone_and_not_for_git(tmp_path: Path) -> None:
    root = tmp_path / "stages" / "dev"
    path = migration.back_up(planned(), root)
    assert re.fullmatch(r"20\d{6}T\d{6}Z-serial-7\.tfstate", path.name)
    assert (path.parent, path.read_text()) == (root / "state-backups", state())
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    assert (path.parent / ".gitignore").read_text() == "*\n"
    assert migration.back_up(planned(), root).parent == path.parent


@pytest.fixture
def runner(terraform: FakeTerraform, tmp_path: Path) -> Terraform:
    folder = tmp_path / "dev"
    folder.mkdir()
    return Terraform(folder, {}, Binary(terraform.path, "terraform"))


def test_terraform_migrates_the_state_without_a_question(terraform: FakeTerraform, runner: Terraform) -> None:
    found = planned()
    terraform.forget()
    terraform.on("state pull", state(1, lineage="new"), backend='backend "http"')
    migrated = migration.migrate(found, runner, os.environ, None)
    assert (migrated.serial, migrated.lineage) == (1, "new")
    first = terraform.calls[0]
    assert first["args"] == ["init", "-migrate-state", "-force-copy", "-input=false", "-no-color"]
    assert first["folder"] == str(runner.folder)
    assert '"http"' in terraform.calls[-1]["backend"]


@pytest.mark.parametrize("text", ["", state(8, beer="stout"), state(8, url="other")])
def test_other_state_in_the_target_is_an_error(
    terraform: FakeTerraform, runner: Terraform, text: str
) -> None:
    found = planned()
    terraform.on("state pull", text, backend='backend "http"')
    with pytest.raises(BackendError) as caught:
        migration.migrate(found, runner, os.environ, None)
    assert str(caught.value) == (
        "The state in the http backend differs from the one in the gcs backend.\n"
        "Another process changed it meanwhile, or the migration failed. "
        "Compare it with the backup before you continue."
    )
