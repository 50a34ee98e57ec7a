"""Splits the addresses of modules and resources.

https://developer.hashicorp.com/terraform/cli/state/resource-addressing
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_INDEX = r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]'
_STEP = re.compile(rf"module\.(?P<label>[\w-]+)(?P<index>{_INDEX})?(?:\.|$)")
_RESOURCE = re.compile(
    rf"(?P<address>(?:data\.)?(?P<type>[a-z]\w*)\.[\w-]+)(?P<index>{_INDEX})?(?:\.(?P<attribute>\w+))?"
)
_OUTPUT = re.compile(rf"module\.(?P<label>[\w-]+)(?P<index>{_INDEX})?(?:\.(?P<output>[\w-]+))?")
_VARIABLE = re.compile(r"var\.(?P<name>[\w-]+)(?:\.(?P<attribute>\w+))?")
#: The first words of references that are not types of resources.
_OTHERS = frozenset({"var", "local", "module", "each", "count", "path", "self", "terraform"})


class Step(NamedTuple):
    """A call on the way to a module: its label, and the key of its instance, such as ``["eu"]``."""

    label: str
    key: str = ""


def split_address(module: str) -> tuple[Step, ...]:
    """Returns the calls that lead to a module.

    Args:
        module: the address of the module; empty for the root module.
    """
    return tuple(Step(match["label"], match["index"] or "") for match in _STEP.finditer(module))


def join_steps(steps: tuple[Step, ...]) -> str:
    """Returns the address of a module.

    Args:
        steps: the calls that lead to it.
    """
    return ".".join(f"module.{label}{key}" for label, key in steps)


def join_address(module: str, name: str) -> str:
    """Returns the address of something in a module.

    Args:
        module: the address of the module; empty for the root module.
        name: the address in the module.
    """
    return f"{module}.{name}" if module else name


def get_local_address(resource: Mapping[str, Any]) -> str:
    """Returns the address of a resource or data source in its module, without its key.

    Args:
        resource: the change of the resource.
    """
    address = f"{resource['type']}.{resource['name']}"
    return f"data.{address}" if resource.get("mode") == "data" else address


class ResourceReference(NamedTuple):
    """A reference to a resource or a data source: its address in the module, key, type and attribute."""

    address: str
    key: str
    type: str
    attribute: str


def parse_resource(reference: str) -> ResourceReference | None:
    """Returns the parts of a reference; None if it is not one to a resource.

    Args:
        reference: the reference, such as ``aws_sqs_queue.orders.arn``.
    """
    match = _RESOURCE.match(reference)
    if not match or match["type"] in _OTHERS:
        return None
    return ResourceReference(match["address"], match["index"] or "", match["type"], match["attribute"] or "")


def parse_output(reference: str) -> tuple[Step, str] | None:
    """Returns the call and the output of a reference such as ``module.app.arn``; None if it is another one.

    Args:
        reference: the reference.
    """
    match = _OUTPUT.match(reference)
    return (Step(match["label"], match["index"] or ""), match["output"] or "") if match else None


def parse_variable(reference: str) -> tuple[str, str] | None:
    """Returns the variable and the attribute of a reference such as ``var.queue.arn``; None if another one.

    Args:
        reference: the reference.
    """
    match = _VARIABLE.match(reference)
    return (match["name"], match["attribute"] or "") if match else None
