"""A root module that consists of a backend only, and where Terraform last kept a state."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.errors import TerraformError
from domovoi_tf.state.backend_root import (
    Backend,
    initialize_backend,
    read_initialized_backend,
    resolve_backend,
)


@pytest.mark.parametrize(
    ("backend", "location", "title"),
    [
        (Backend("s3", {"bucket": "b", "key": "k", "region": "r"}), "s3://b/k", "s3://b/k"),
        (Backend("local", {"path": "/a/terraform.tfstate"}), "/a/terraform.tfstate", "/a/terraform.tfstate"),
        (
            Backend("http", {"password": "secret", "address": "https://a"}),
            'http {"address": "https://a", "password": "secret"}',
            "the http backend",
        ),
    ],
)
def test_title_of_a_backend_has_no_secrets(backend: Backend, location: str, title: str) -> None:
    assert (backend.location, backend.title) == (location, title)


@pytest.mark.parametrize(
    ("configuration", "path"),
    [
        (None, "terraform.tfstate"),
        (("local", {}), "terraform.tfstate"),
        (("local", {"path": ""}), "terraform.tfstate"),
        (("local", {"path": "../shared/dev.tfstate"}), "../shared/dev.tfstate"),
        (("local", {"path": "/elsewhere/dev.tfstate"}), "/elsewhere/dev.tfstate"),
    ],
)
def test_path_of_a_local_state_begins_at_the_stage_s_folder(
    tmp_path: Path, configuration: Any, path: str
) -> None:
    expected = {"path": os.path.normpath(tmp_path / path)}
    assert resolve_backend(configuration, tmp_path) == Backend("local", expected)


def test_links_in_the_path_of_a_local_state_are_kept(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    found = resolve_backend(("local", {"workspace_dir": "w"}), tmp_path / "link")
    assert found.arguments == {"path": str(tmp_path / "link" / "terraform.tfstate"), "workspace_dir": "w"}


def test_another_backend_is_as_configured(tmp_path: Path) -> None:
    assert resolve_backend(("gcs", {"path": "p"}), tmp_path) == Backend("gcs", {"path": "p"})


def record(root: Path, text: str, data: str = ".terraform") -> None:
    (root / data).mkdir(exist_ok=True)
    (root / data / "terraform.tfstate").write_text(text)


def test_initialised_backend_is_read_without_unset_arguments(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "region": "eu-west-1",
        "bucket": "b",
        "acl": None,
        "allowed_account_ids": [],
        "endpoints": {},
        "assume_role": [{"role_arn": "a", "policy": None}],
        "names": ["x"],
        "pairs": [{"a": 1}, {"a": 2}],
        "use_lockfile": False,
    }
    record(tmp_path, json.dumps({"backend": {"type": "s3", "config": config}}))
    found = read_initialized_backend(tmp_path, {})
    assert found == Backend(
        "s3",
        {
            "assume_role": {"role_arn": "a"},
            "bucket": "b",
            "names": ["x"],
            "pairs": [{"a": 1}, {"a": 2}],
            "region": "eu-west-1",
            "use_lockfile": False,
        },
    )
    assert list(found.arguments) == sorted(found.arguments)


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "{", "[]", "1", "[" * 100_000, '{"version": 3}', '{"backend": null}', '{"backend": 1}'),
        *('{"backend": {}}', '{"backend": {"type": "s3"}}', '{"backend": {"type": "s3", "config": 1}}'),
    ],
)
def test_without_a_record_the_state_is_the_local_file(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        record(tmp_path, text)
    path = str(tmp_path / "terraform.tfstate")
    assert read_initialized_backend(tmp_path, {}) == Backend("local", {"path": path})


def test_record_is_in_the_data_folder_of_terraform(tmp_path: Path) -> None:
    text = json.dumps({"backend": {"type": "gcs", "config": {"bucket": "b"}}})
    record(tmp_path, text, "data")
    assert read_initialized_backend(tmp_path, {}).type == "local"
    assert read_initialized_backend(tmp_path, {"TF_DATA_DIR": "data"}) == Backend("gcs", {"bucket": "b"})


def test_temporary_root_has_the_backend_alone_and_is_for_this_user_only(
    terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_DATA_DIR", "of-the-stage")
    monkeypatch.setenv("TF_CLI_ARGS_init", "-backend-config=../../backend.hcl")
    backend = Backend("remote", {"organization": "o", "workspaces": {"name": "w"}})
    with initialize_backend(backend, "dev", os.environ, None) as runner:
        folder = runner.folder
        assert [path.name for path in folder.iterdir()] == ["backend.tf"]
        assert folder.name == "dev"
        assert (folder / "backend.tf").stat().st_mode & 0o077 == 0
        assert folder.parent.stat().st_mode & 0o077 == 0
    assert not folder.parent.exists()
    (call,) = terraform.calls
    assert (call["args"], call["folder"]) == (["init", "-input=false", "-no-color"], str(folder))
    assert 'backend "remote" {\n    organization = "o"\n\n    workspaces {' in call["backend"]
    assert not {"TF_DATA_DIR", "TF_CLI_ARGS_init"} & call.keys()


def test_backend_that_cannot_be_reached_is_an_error_and_leaves_no_folder(terraform: FakeTerraform) -> None:
    terraform.on("init", err="Error: no network\n", code=1)
    with (
        pytest.raises(TerraformError) as caught,
        initialize_backend(Backend("gcs", {}), "dev", os.environ, None),
    ):
        raise AssertionError
    assert str(caught.value) == "`terraform init` failed with exit code 1:\nError: no network"
    assert not Path(terraform.calls[0]["folder"]).exists()
