"""Finds what exists on AWS already and a state does not know of, for Terraform to import it.

Terraform writes a remote state every 20 seconds, and in the end. What it made since is not in the state where
it was killed: some of that it would adopt, some AWS would refuse to make again, and a permission there would
be twice.

https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.system import atomic_files
from domovoi_tf.terraform.runner import Terraform
from domovoi_tf.triggers import list_resource_types

FILE = "imports.tf"
_HEADER = "# Written by `domovoi-tf backend recover`: what exists, and the state does not know of.\n"
_HINT = "# Remove this file once `domovoi-tf apply` is through.\n"
_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?(\.[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?)+')
#: A resource may be known only once another is found: a listener rule needs its listener, that its balancer.
_ROUNDS = 4

Client = Callable[[str], Any]
Values = Mapping[str, Any]


class Found(NamedTuple):
    """A resource that exists: its address in the configuration, and the ID by which Terraform imports it."""

    address: str
    id: str


def recover(terraform: Terraform, client: Client) -> tuple[Found, ...]:
    """Writes import blocks for what exists and the state does not know of, and returns what that is.

    Args:
        terraform: Terraform in a stage's folder that is rendered and initialised; the blocks are written
            into a file there.
        client: returns boto3's client of a service.

    Raises:
        BackendError: there is a file of that name already, which is somebody else's.
        LockedError: somebody works on the stage.
        TerraformError: Terraform cannot plan.
    """
    path = terraform.folder / FILE
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_HEADER):
        raise BackendError(f"{path} is a file of yours.", "Give it another name first.")
    path.unlink(missing_ok=True)
    found: dict[str, Found] = {}
    for _ in range(_ROUNDS):
        new = {each.address: each for each in _existing(_missing(terraform), client)}
        if new.keys() <= found.keys():
            break
        found |= new
        atomic_files.replace_file(path, _blocks(found.values()).encode())
    return tuple(found.values())


def _missing(terraform: Terraform) -> list[dict[str, Any]]:
    """Returns the resources that a plan would make."""
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        changes = terraform.read_json("show", plan).get("resource_changes", [])
    return [each for each in changes if each["change"]["actions"] == ["create"]]


def _existing(missing: list[dict[str, Any]], client: Client) -> Iterator[Found]:
    types = list_resource_types()
    for each in missing:
        declared = types.get(each["type"])
        look = declared.find if declared else None
        if look and _ADDRESS.fullmatch(each["address"]):
            with _absent():
                if found := look(client, each["change"]["after"]):
                    yield Found(each["address"], str(found))


@contextlib.contextmanager
def _absent() -> Iterator[None]:
    """Passes over what is not there, by AWS's error for it, and what is not known yet."""
    from botocore.exceptions import ClientError

    try:
        yield
    except KeyError:
        return
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not re.search("NotFound|NoSuch|NonExistent|DoesNotExist|^404$", code):
            raise


def _blocks(found: Any) -> str:
    blocks = [f"\nimport {{\n  to = {each.address}\n  id = {hcl(each.id)}\n}}\n" for each in found]
    return _HEADER + _HINT + "".join(blocks)
