"""A root module that is initialised, with a program in place of the AWS provider."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers import eligibility, package_hash
from domovoi_tf.terraform.runner import Terraform

VERSION = "5.100.0"
#: Prints what the AWS provider prints, records its process and working directory, and serves nobody.
PROVIDER = """#!/bin/sh
echo "$$ $PWD" >> "{record}"
env > "{record}.env"
echo "\tTF_REATTACH_PROVIDERS='{{\\"{address}\\":{{\\"Pid\\":$$}}}}'"
exec sleep 1000
"""


def lock(root: Path, *hashes: str) -> None:
    """Writes a lock file that allows packages with the hashes."""
    lines = "".join(f'    "{each}",\n' for each in hashes)
    text = f'provider "{eligibility.ADDRESS}" {{\n  version     = "{VERSION}"\n  hashes = [\n{lines}  ]\n}}\n'
    (root / ".terraform.lock.hcl").write_text(text)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "TERRAFORM_CONFIG")
    for name in ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", *files, eligibility.SWITCH):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The file to which each provider writes its process ID and its working directory."""
    return tmp_path / "record"


@pytest.fixture
def provided(tmp_path: Path, record: Path) -> Path:
    """The root module."""
    root, module = tmp_path / "stages" / "dev", tmp_path / "app"
    data = root / ".terraform"
    package = data / "providers" / eligibility.ADDRESS / VERSION / "linux_amd64"
    for folder in (root, module, data / "modules", package):
        folder.mkdir(parents=True)
    source = (
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    )
    (root / "providers.tf").write_text(f'{source}\nprovider "aws" {{}}\n')
    (module / "main.tf").write_text(f'{source}\nresource "aws_sns_topic" "x" {{\n}}\n')
    modules = [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "app", "Source": "../../app", "Dir": "../../app"},
    ]
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": modules}))
    program = package / f"terraform-provider-aws_v{VERSION}_x5"
    program.write_text(PROVIDER.format(record=record, address=eligibility.ADDRESS))
    program.chmod(stat.S_IRWXU)
    lock(root, "zh:1", package_hash.hash_package(package))
    return root


@pytest.fixture
def provided_terraform(provided: Path, terraform: FakeTerraform) -> Terraform:
    return Terraform(provided, {}, Binary(terraform.path, "terraform"))
