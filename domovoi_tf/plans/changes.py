"""Lists the changes of a plan, with their owners and reasons, from ``terraform show -json``.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from domovoi_tf.plans.attribute_diff import (
    Difference,
    ValueChange,
    find_differences,
    replace_unprintable,
)
from domovoi_tf.plans.losses import explain_losses
from domovoi_tf.plans.resource_owners import Owner
from domovoi_tf.triggers import list_resource_types

_ACTIONS = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}
#: Attributes that change with a function's code.
_CODE = frozenset({"code_sha256", "filename", "s3_key", "s3_object_version", "source_code_hash"})
#: The index of a permission for every principal, which its noun says.
_EVERYBODY = "*"
#: Attributes that AWS computes, and that change with any other attribute.
_COMPUTED = frozenset(
    {
        "etag",
        "last_modified",
        "last_modified_date",
        "qualified_arn",
        "qualified_invoke_arn",
        "revision_id",
        "source_code_size",
        "state_machine_version_arn",
        "tags_all",
        "version",
        "version_id",
    }
)
#: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
_REASONS = {
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_wrong_repetition": "its count or for_each was added, removed or replaced by the other",
    "delete_because_count_index": "its index is no longer within count",
    "delete_because_each_key": "its key is no longer in for_each",
    "delete_because_no_move_target": "it was moved to an address that is not in the configuration",
    "replace_because_tainted": "it is tainted: an earlier apply did not finish it",
    "replace_by_request": "requested with -replace",
    "replace_by_triggers": "a resource in its replace_triggered_by changes",
}


class Owners(Protocol):
    """The owners of the resources of a plan: in a rendered tree, or in a repository that calls apps."""

    def find_owner(self, module_address: str, resource_type: str) -> Owner:
        """Returns the owner of a resource."""

    def has_owner(self, owner: Owner) -> bool:
        """Returns whether the owner is still in the configuration."""


class Change(NamedTuple):
    """A change of a resource or of an output.

    Args:
        owner: the owner of the resource.
        address: its address.
        type: its type; ``output`` for an output.
        action: create, update, delete, replace, forget, move or import.
        resource: a short description of the resource, such as "permission anonymous".
        differences: the attributes that change in an update.
        reason: the reason to delete or replace it; empty for other actions.
        loss: what is lost, or read again, if it is deleted or replaced, in words.
        previous: the owner that it is moved from, or if that is the same, the label of its module there, or
            its address in the same module; empty if it is not moved.
    """

    owner: Owner
    address: str
    type: str
    action: str
    resource: str
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    loss: str = ""
    previous: str = ""

    @property
    def is_destructive(self) -> bool:
        """Whether an existing resource is destroyed."""
        return self.action in ("delete", "replace") and self.type != "output"


def list_changes(plan: Mapping[str, Any], owners: Owners) -> tuple[Change, ...]:
    """Returns the changes of a plan, sorted by owner and address.

    Args:
        plan: the output of ``terraform show -json``.
        owners: the owners in the rendered tree.
    """
    resources = [each for each in plan.get("resource_changes", []) if each.get("mode") == "managed"]
    losses = explain_losses(resources)
    changes = [
        change._replace(loss=losses.get(each["address"], ""))
        for each in resources
        if (change := make_change(each, owners))
    ]
    return sort_changes([*changes, *_list_output_changes(plan.get("output_changes", {}))])


def sort_changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Returns changes by owner and address."""
    return tuple(sorted(changes, key=lambda change: (change.owner.sort_key, change.address)))


def _list_output_changes(changes: Mapping[str, Any]) -> Iterator[Change]:
    """Yields the outputs that change, without their values."""
    for name, change in changes.items():
        if action := _ACTIONS.get(tuple(change["actions"])):
            yield Change(Owner("outputs"), f"output.{name}", "output", action, name)


def make_change(resource: Mapping[str, Any], owners: Owners) -> Change | None:
    """Returns the change of a resource, or None if nothing about it changes.

    Args:
        resource: a resource of ``resource_changes`` or ``resource_drift``.
        owners: the owners in the rendered tree.
    """
    action = _find_action(resource)
    if action is None:
        return None
    owner = owners.find_owner(resource.get("module_address", ""), resource["type"])
    is_loss = action in ("delete", "replace")
    return Change(
        owner=owner,
        address=replace_unprintable(resource["address"]),
        type=resource["type"],
        action=action,
        resource=_describe_resource(resource),
        differences=_select_differences(resource) if action == "update" else (),
        reason=_explain_loss(resource, owners.has_owner(owner)) if is_loss else "",
        previous=_describe_previous(resource, owner, owners),
    )


def _describe_previous(resource: Mapping[str, Any], owner: Owner, owners: Owners) -> str:
    """Returns what a resource is moved from: its former owner, the label of its module, or its address."""
    address = resource.get("previous_address")
    if not address:
        return ""
    module, _, _ = address.rpartition(f".{resource['type']}.")
    former = owners.find_owner(module, resource["type"])
    if former != owner:  # the tree does not know the move
        return replace_unprintable(former.title)
    is_same_module = module == resource.get("module_address", "")
    return replace_unprintable(address if is_same_module else module.rpartition(".")[2])


def _find_action(resource: Mapping[str, Any]) -> str | None:
    action = _ACTIONS.get(tuple(resource["change"]["actions"]))
    if action is None and resource["change"].get("importing"):
        return "import"
    if action is None and resource.get("previous_address"):
        return "move"
    return action


def _describe_resource(resource: Mapping[str, Any]) -> str:
    values = resource["change"].get("after") or resource["change"].get("before") or {}
    noun = choose_noun(resource["type"], values)
    index = resource.get("index")
    name = str(index) if index not in (None, "this") else resource["name"]
    return noun if name in ("this", noun, _EVERYBODY) else f"{noun} {replace_unprintable(name)}"


def choose_noun(resource_type: str, values: Mapping[str, Any]) -> str:
    """Returns the noun for resources of a type, such as "SQS queue".

    Args:
        resource_type: the type.
        values: the attributes of the resource, on which the noun may depend.
    """
    declared = list_resource_types().get(resource_type)
    if declared is None:
        return resource_type.removeprefix("aws_").replace("_", " ")
    return next((noun for key, noun in declared.noun_with.items() if values.get(key)), declared.noun)


def _select_differences(resource: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Returns the differences worth showing: no computed attributes, and one entry for all of the code."""
    differences = find_differences(_make_value_change(resource["change"]))
    causes = [each for each in differences if each.path[0] not in _COMPUTED]
    known = [each for each in causes if each.is_known] or causes
    code = [Difference(("code",), None, None)] if any(each.path[0] in _CODE for each in known) else []
    others = [_omit_main_name(each, resource["type"]) for each in known if each.path[0] not in _CODE]
    return (*code, *others)


def _omit_main_name(difference: Difference, resource_type: str) -> Difference:
    declared = list_resource_types().get(resource_type)
    is_main = declared is not None and difference.path[:1] == (declared.main_attribute,)
    return difference._replace(path=()) if is_main else difference


def _make_value_change(change: Mapping[str, Any]) -> ValueChange:
    return ValueChange(
        change.get("before"),
        change.get("after"),
        change.get("after_unknown"),
        change.get("before_sensitive"),
        change.get("after_sensitive"),
    )


def _explain_loss(resource: Mapping[str, Any], has_owner: bool) -> str:
    change = resource["change"]
    if not has_owner:
        return "the handler is no longer in the app"
    if paths := change.get("replace_paths"):
        return f"{', '.join(_describe_path(change, path) for path in paths)} cannot be changed in place"
    return _REASONS.get(resource.get("action_reason", ""), "")


def _describe_path(change: Mapping[str, Any], path: list[str | int]) -> str:
    part = _make_value_change(change)
    for step in path:
        part = part.get_part(step)
    return ", ".join(map(str, find_differences(part, tuple(path)))) or ".".join(map(str, path))
