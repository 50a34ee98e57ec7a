"""Maps Terraform addresses to the handlers, functions and state machines that own them.

The comments above each module call of the rendered tree name its handlers. The handler of a module that is no
longer in the tree is derived from the module's label, which `labels` made from the handler's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.triggers import list_kinds

_CALL = re.compile(r'(?P<comments>(?:^# [^\n]*\n)*)^module "(?P<label>[^"]+)" \{', re.MULTILINE)
_HANDLER = re.compile(r"^# .+?:\d+ (?P<handler>.+)$", re.MULTILINE)
_STEP = re.compile(r"module\.([^.\[]+)(?:\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\])?(?:\.|$)")
_FUNCTION = re.compile(r"(?:lambda|iam)(?:_(?P<name>.+))?")
_MACHINE = re.compile(r"state_machine(?:_(?P<name>.+))?")
_TRANSPORT = re.compile(r"(?:s3_to_sns|s3_to_sqs|sns_to_sqs)_(?P<label>.+)")
#: The label of what handlers of one bucket, function and route share.
_CHANNEL = re.compile(r"(?:.+_)?s3_(?!to_(?:sns|sqs)$).+_(?:direct|sns|sqs|sns_sqs)")
#: The label of a handler's second or later trigger: the label of the first one, and the kind.
_FURTHER_TRIGGER = re.compile(rf"(?P<first>.+)_(?:{'|'.join(list_kinds())})(?:_\d+)?")
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
    """The owner of a resource: its kind, and its name if the app can have several of that kind."""

    kind: str
    name: str = ""

    @property
    def title(self) -> str:
        """The owner to show to users: the name of a handler, otherwise the kind and the name."""
        return self.name if self.kind == "handler" else f"{self.kind} {self.name}".rstrip()

    @property
    def sort_key(self) -> tuple[int, str]:
        """The position among other owners: handlers come first."""
        return _RANK.index(self.kind), self.name


class Owners:
    """The owners in a rendered tree.

    Args:
        calls: the handlers of each module call of the app, separated by commas, by the call's label; empty
            if it has none.
    """

    def __init__(self, calls: Mapping[str, str]) -> None:
        self._calls = calls

    def has_owner(self, owner: Owner) -> bool:
        """Returns whether the owner is still in the tree; a handler may have been removed from the app.

        Args:
            owner: the owner, as `find_owner` returns it.
        """
        return owner.kind != "handler" or owner.name in self._calls.values()

    def find_owner(self, module_address: str, resource_type: str) -> Owner:
        """Returns the owner of a resource.

        Args:
            module_address: the address of the resource's module; empty for the root module.
            resource_type: the type of the resource.

        https://developer.hashicorp.com/terraform/cli/state/resource-addressing
        """
        steps = _STEP.findall(module_address)
        if steps[:1] != ["app"]:
            return Owner("load balancer") if steps[:1] == ["load_balancer"] else Owner("stage")
        if len(steps) == 1:
            return Owner("package" if resource_type in _PACKAGE else "sources")
        return self._find_module_owner(steps[1])

    def _find_module_owner(self, label: str) -> Owner:
        if handler := self._calls.get(label):
            return Owner("handler", handler)
        if match := _FUNCTION.fullmatch(label):
            return Owner("function", match["name"] or "")
        if match := _MACHINE.fullmatch(label):
            return Owner("state machine", match["name"] or "")
        if match := _TRANSPORT.fullmatch(label):
            return self._find_module_owner(match["label"])
        if label in self._calls or _CHANNEL.fullmatch(label):
            return Owner("module", label)
        return Owner("handler", self._derive_handler(label))

    def _derive_handler(self, label: str) -> str:
        """Returns the handler of a module that the tree no longer calls."""
        match = _FURTHER_TRIGGER.fullmatch(label)
        if match and (handler := self._calls.get(match["first"])):
            return handler
        name = label.removeprefix("handler_")
        return name if _FUNCTION.fullmatch(name) or _MACHINE.fullmatch(name) else label


def read_owners(app: Path) -> Owners:
    """Reads the owners from the files of a rendered app.

    Args:
        app: the folder ``app/`` of the tree.
    """
    calls: dict[str, str] = {}
    for path in sorted(app.glob("*.tf")):
        for call in _CALL.finditer(path.read_text(encoding="utf-8")):
            calls[call["label"]] = ", ".join(dict.fromkeys(_HANDLER.findall(call["comments"])))
    return Owners(calls)
