"""Writes import blocks for resources that exist on AWS but are missing from the state.

Terraform writes a remote state every 20 seconds and when it finishes. If it is killed, the state lacks the
resources created since. The next apply would adopt some of them, fail to create others, and create the
permissions a second time.

https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from domovoi_tf.errors import BackendError
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.plans.existing_resources import Client, ExistingResource, find_existing, list_creations
from domovoi_tf.system import atomic_files
from domovoi_tf.terraform import locks
from domovoi_tf.terraform.runner import Terraform

IMPORTS_FILE = "imports.tf"
_MARK = "# Written by `domovoi-tf backend recover`"
_HEADER = """\
{mark}: resources that exist but are missing from the state.
# Remove this file after `domovoi-tf apply --stage {stage}` has succeeded.
"""
#: Some resources can only be found after others: a listener rule after its listener and its load balancer.
_MAX_ROUNDS = 4


def recover(terraform: Terraform, client: Client) -> tuple[ExistingResource, ...]:
    """Writes import blocks for the resources that exist but are missing from the state, and returns these.

    Args:
        terraform: Terraform in the folder of a rendered and initialised stage, to which the file with the
            import blocks is written.
        client: returns a boto3 client of a service.

    Raises:
        BackendError: the file exists and was not written by this function.
        LockedError: another process holds the lock of the state.
        TerraformError: Terraform failed to plan.
    """
    path = terraform.folder / IMPORTS_FILE
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_MARK):
        raise BackendError(
            f"{path} exists and was not written by domovoi-tf.",
            "Rename it: `domovoi-tf backend recover` writes a file with this name.",
        )
    path.unlink(missing_ok=True)
    resources: dict[str, ExistingResource] = {}
    for _ in range(_MAX_ROUNDS):
        matches = {match.address: match for match in find_existing(_plan_creations(terraform), client)}
        if matches.keys() <= resources.keys():
            break
        resources |= matches
        atomic_files.replace_file(path, _render_blocks(resources.values(), terraform.folder.name).encode())
    return tuple(resources.values())


def import_existing(terraform: Terraform, client: Client) -> Iterator[ExistingResource]:
    """Imports the resources that exist but are missing from the state, and yields each before its import.

    Args:
        terraform: Terraform in the folder of a rendered and initialised stage.
        client: returns a boto3 client of a service.

    Raises:
        LockedError: another process holds the lock of the state.
        TerraformError: Terraform failed to plan, or to import a resource.

    https://developer.hashicorp.com/terraform/cli/commands/import
    """
    for _ in range(_MAX_ROUNDS):
        resources = tuple(find_existing(_plan_creations(terraform), client))
        for resource in resources:
            yield resource
            terraform.capture("import", "-input=false", "-no-color", resource.address, resource.id)
        if not resources:
            return


def discard_broken_state(path: Path) -> bool:
    """Removes a local state that a killed Terraform has left half-written, and returns whether it did.

    Terraform overwrites the file in place. A Terraform that still runs holds its lock. Only a state whose
    resources can be found again may go.

    Args:
        path: the state; need not exist.
    """
    if locks.read_file_lock(path):
        return False
    try:
        json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return False
    except ValueError:
        path.unlink()
        return True
    return False


def _plan_creations(terraform: Terraform) -> list[dict[str, Any]]:
    """Returns the resources that an apply would create."""
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        return list_creations(terraform.read_json("show", plan))


def _render_blocks(resources: Iterable[ExistingResource], stage: str) -> str:
    blocks = [f"\nimport {{\n  to = {each.address}\n  id = {hcl(each.id)}\n}}\n" for each in resources]
    return _HEADER.format(mark=_MARK, stage=stage) + "".join(blocks)
