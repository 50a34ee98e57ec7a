"""Whose a resource is: the handler, function or state machine that a Terraform address belongs to.

The comment above each module call of the rendered tree names its handler. What is no longer in the tree is
known by its label alone, which `labels` made from the handler's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.triggers import list_kinds

_CALL = re.compile(r'(?:^# (?P<comment>[^\n]*)\n)?^module "(?P<label>[^"]+)" \{', re.MULTILINE)
_HANDLER = re.compile(r".+?:\d+ (?P<handler>.+)")
_STEP = re.compile(r"module\.([^.\[]+)(?:\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\])?(?:\.|$)")
_FUNCTION = re.compile(r"(?:lambda|iam)(?:_(?P<name>.+))?")
_MACHINE = re.compile(r"state_machine(?:_(?P<name>.+))?")
_TRANSPORT = re.compile(r"(?:s3_to_sns|s3_to_sqs|sns_to_sqs)_(?P<label>.+)")
_FURTHER = re.compile(rf"(?P<first>.+)_(?:{'|'.join(list_kinds())})(?:_\d+)?")
_RANK = (
    "handler",
    "function",
    "state machine",
    "sources",
    "package",
    "module",
    "load balancer",
    "stage",
    "outputs",
)
_PACKAGE = frozenset({"aws_s3_object", "aws_lambda_layer_version"})


class Owner(NamedTuple):
    """What a resource belongs to: a kind of thing, and its name where there are several of the kind."""

    kind: str
    name: str = ""

    @property
    def title(self) -> str:
        """What a reader calls it: a handler by its name, other things by what they are."""
        return self.name if self.kind == "handler" else f"{self.kind} {self.name}".rstrip()

    @property
    def order(self) -> tuple[int, str]:
        """Where it stands among others: handlers first."""
        return _RANK.index(self.kind), self.name


class Owners:
    """The owners that a rendered tree knows.

    Args:
        calls: the label of each module call of the app, with its handler, or empty where it has none.
    """

    def __init__(self, calls: Mapping[str, str]) -> None:
        self._calls = calls

    @property
    def modules(self) -> set[str]:
        """The labels of the app's module calls."""
        return set(self._calls)

    def has(self, owner: Owner) -> bool:
        """Whether the tree still has an owner: a handler may be gone from the app."""
        return owner.kind != "handler" or owner.name in self._calls.values()

    def of(self, module_address: str, resource_type: str) -> Owner:
        """Returns the owner of a resource.

        Args:
            module_address: the address of its module, empty for the root's own.
            resource_type: its type.

        https://developer.hashicorp.com/terraform/cli/state/resource-addressing
        """
        steps = _STEP.findall(module_address)
        if steps[:1] != ["app"]:
            return Owner("load balancer") if steps[:1] == ["load_balancer"] else Owner("stage")
        if len(steps) == 1:
            return Owner("package" if resource_type in _PACKAGE else "sources")
        return self._called(steps[1])

    def _called(self, label: str) -> Owner:
        if handler := self._calls.get(label):
            return Owner("handler", handler)
        if found := _FUNCTION.fullmatch(label):
            return Owner("function", found["name"] or "")
        if found := _MACHINE.fullmatch(label):
            return Owner("state machine", found["name"] or "")
        if found := _TRANSPORT.fullmatch(label):
            return self._called(found["label"])
        if label in self._calls:
            return Owner("module", label)
        return Owner("handler", self._gone(label))

    def _gone(self, label: str) -> str:
        """Returns the handler of a module that is no longer called."""
        further = _FURTHER.fullmatch(label)
        if further and (handler := self._calls.get(further["first"])):
            return handler
        bare = label.removeprefix("handler_")
        return bare if _FUNCTION.fullmatch(bare) or _MACHINE.fullmatch(bare) else label


def read(app: Path) -> Owners:
    """Returns the owners of a rendered app.

    Args:
        app: the folder ``app/`` of the tree.
    """
    calls: dict[str, str] = {}
    for path in sorted(app.glob("*.tf")):
        for call in _CALL.finditer(path.read_text(encoding="utf-8")):
            named = _HANDLER.fullmatch(call["comment"] or "")
            calls[call["label"]] = named["handler"] if named else ""
    return Owners(calls)
