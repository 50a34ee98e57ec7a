"""Tests that Terraform accepts the rendered block of every backend.

Terraform checks the block against the backend's schema before it connects to anything, and reports all
unknown arguments. The tests add one such argument, which must be the only error.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.rendering.templates import render_backend
from domovoi_tf.synthesis.backend_block import build_backend as block
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
S3 = {
    "allowed_account_ids": ["123456789012"],
    "assume_role": {
        "duration": "1h",
        "external_id": "x",
        "policy_arns": ["arn:aws:iam::123456789012:policy/states"],
        "role_arn": "arn:aws:iam::123456789012:role/states",
        "session_name": "domovoi",
        "tags": {"team": "bar"},
    },
    "assume_role_with_web_identity": {
        "role_arn": "arn:aws:iam::123456789012:role/states",
        "web_identity_token_file": "token",
    },
    "bucket": "states",
    "encrypt": True,
    "endpoints": {"s3": "https://s3.example.com", "sts": "https://sts.example.com"},
    "key": "bar/dev/terraform.tfstate",
    "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/0f2b5d9e-1d1f-4c3c-8b7e-3d1f0a9b8c7d",
    "max_retries": 3,
    "profile": "states",
    "region": "eu-west-1",
    "use_lockfile": True,
    "use_path_style": False,
    "workspace_key_prefix": "env",
}
BACKENDS: dict[str, dict[str, Any]] = {
    "azurerm": {
        "container_name": "states",
        "key": "bar.tfstate",
        "resource_group_name": "states",
        "storage_account_name": "barstates",
        "use_azuread_auth": True,
    },
    "cloud": {"hostname": "app.example.com", "organization": "bar", "workspaces": {"tags": ["bar"]}},
    "consul": {"address": "consul.example.com", "gzip": True, "lock": True, "path": "bar", "scheme": "https"},
    "cos": {
        "assume_role": {
            "role_arn": "qcs::cam::uin/1:roleName/states",
            "session_duration": 3600,
            "session_name": "domovoi",
        },
        "bucket": "states-1250000000",
        "encrypt": True,
        "prefix": "bar",
        "region": "ap-guangzhou",
    },
    "gcs": {"bucket": "states", "impersonate_service_account": "a@example.com", "prefix": "bar/dev"},
    "http": {
        "address": "https://example.com/bar",
        "lock_address": "https://example.com/bar",
        "lock_method": "POST",
        "retry_max": 2,
        "unlock_address": "https://example.com/bar",
    },
    "kubernetes": {
        "config_path": "~/.kube/config",
        "exec": {
            "api_version": "client.authentication.k8s.io/v1",
            "args": ["eks", "get-token"],
            "command": "aws",
            "env": {"AWS_PROFILE": "bar"},
        },
        "labels": {"app": "bar"},
        "namespace": "states",
        "secret_suffix": "bar",
    },
    "local": {"path": "../../bar.tfstate"},
    "oss": {
        "assume_role": {
            "role_arn": "acs:ram::1:role/states",
            "session_expiration": 3600,
            "session_name": "domovoi",
        },
        "bucket": "states",
        "encrypt": True,
        "prefix": "bar",
        "region": "eu-central-1",
    },
    "pg": {"conn_str": "postgres://states.example.com/states", "schema_name": "bar"},
    "remote": {"hostname": "app.example.com", "organization": "bar", "workspaces": {"prefix": "bar-"}},
    "s3": S3,
}


def find_errors(
    folder: Path, binary: Binary, environment: dict[str, str], text: str
) -> list[tuple[str, str]]:
    """Returns Terraform's errors in a backend's block with another argument: each title with its line."""
    opening = re.compile(r'^  (backend "\w+"|cloud) \{\n', re.MULTILINE)
    changed, count = opening.subn(lambda match: f"{match[0]}    one_too_many = 1\n", text)
    assert count == 1, text
    (folder / "backend.tf").write_text(changed)
    done = subprocess.run(
        [binary.path, "init", "-input=false", "-no-color"],
        cwd=folder,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout
    return re.findall(r"^Error: (.*)\n\n  on backend.tf line \d+.*\n +\d+: +(.*)", done.stderr, re.MULTILINE)


@pytest.mark.parametrize("kind", BACKENDS)
def test_terraform_accepts_all_rendered_arguments(
    kind: str, tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> None:
    text = render_backend(block((kind, BACKENDS[kind])), assets.find_templates())
    errors = find_errors(tmp_path, terraform_binary, terraform_environment, text)
    assert errors == [("Unsupported argument", "one_too_many = 1")]


@pytest.mark.parametrize("kind", BACKENDS)
def test_terraform_rejects_an_unknown_argument(
    kind: str, tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> None:
    text = render_backend(block((kind, {**BACKENDS[kind], "buckets": "x"})), assets.find_templates())
    errors = find_errors(tmp_path, terraform_binary, terraform_environment, text)
    assert {title for title, _ in errors} == {"Unsupported argument"}
    assert {line.split(" ")[0] for _, line in errors} == {"one_too_many", "buckets"}


def test_rendered_blocks_are_formatted(
    tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> None:
    for kind, arguments in BACKENDS.items():
        (tmp_path / f"{kind}.tf").write_text(
            render_backend(block((kind, arguments)), assets.find_templates())
        )
    done = subprocess.run(
        [terraform_binary.path, "fmt", "-check", "-diff"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", **terraform_environment},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")
