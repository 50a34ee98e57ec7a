"""Summarises the changes of a plan by handler, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.resource_owners import Owner
from domovoi_tf.triggers import list_resource_types

_SIGNS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "±",
    "forget": "?",
    "move": ">",
    "import": "<",
}
_VERBS = {"delete": "destroys", "replace": "replaces"}


class Line(NamedTuple):
    """The changes of one owner's resources; ``is_destructive`` if existing resources are destroyed."""

    owner: str
    text: str
    is_destructive: bool = False


def summarize(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Returns the lines of a plan, sorted by owner.

    An owner has one line for all changes that destroy nothing, and one for each reason to destroy resources.

    Args:
        changes: the changes of the plan, sorted by owner.
    """
    lines = []
    resources = [change for change in changes if change.owner.kind != "outputs"]
    for owner, group in groupby(resources or changes, key=lambda change: change.owner):
        owner_changes = list(group)
        harmless = [each for each in owner_changes if not each.is_destructive and each.action != "move"]
        if harmless:
            lines.append(Line(owner.title, ", ".join(map(_describe_change, harmless))))
        lines += [Line(owner.title, text) for text in _describe_moves(owner_changes)]
        losses = _describe_losses(owner_changes)
        lines += [Line(owner.title, text, is_destructive=True) for text in losses]
    return tuple(lines)


def summarize_drift(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Returns one line per owner about the changes made outside of Terraform.

    Args:
        changes: the changes, sorted by owner.
    """
    groups = groupby(changes, key=lambda change: change.owner)
    return tuple(Line(owner.title, ", ".join(map(_describe_drift, group))) for owner, group in groups)


def format_totals(changes: Iterable[Change]) -> str:
    """Returns the numbers of resources to add, change and destroy, as Terraform counts them.

    Args:
        changes: the changes of a plan.
    """
    count = _count_actions(changes)
    added, destroyed = count["create"] + count["replace"], count["delete"] + count["replace"]
    others = "".join(f", {count[each]} to {each}" for each in ("import", "move", "forget") if count[each])
    return f"{added} to add, {count['update']} to change, {destroyed} to destroy{others}"


def count_operations(changes: Iterable[Change]) -> int:
    """Returns the number of operations that an apply performs; a replacement is two.

    Args:
        changes: the changes of a plan.
    """
    count = _count_actions(changes)
    return sum(count[each] for each in ("create", "update", "delete")) + 2 * count["replace"]


def find_new_handlers(changes: Sequence[Change], functions: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the names of the handlers whose resources are all created.

    Handlers without resources of their own, such as tasks of state machines, are new if their function is.

    Args:
        changes: the changes of a plan, sorted by owner.
        functions: the names of the app's handlers, each with that of its function.
    """
    groups = groupby(changes, key=lambda change: change.owner)
    actions = {owner: {change.action for change in group} for owner, group in groups}
    owners = [owner.name for owner in actions if owner.kind == "handler"]
    created = {
        change.owner.name
        for change in changes
        if (change.owner.kind, change.type, change.action) == ("function", "aws_lambda_function", "create")
    }
    with_resources = {name for owner in owners for name in owner.split(", ")}
    return (
        *(name for name in owners if actions[Owner("handler", name)] == {"create"}),
        *(name for name, each in functions.items() if each in created and name not in with_resources),
    )


def find_renamed_handlers(changes: Sequence[Change]) -> tuple[tuple[str, str], ...]:
    """Returns the handlers that may have another name now: the old names, each with the new one.

    A plan destroys all resources of the old name and creates the same types of resources for the new one. If
    several handlers are alike in this, nothing tells which one was renamed.

    Args:
        changes: the changes of a plan, sorted by owner.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for owner, group in groupby(changes, key=lambda change: change.owner):
        resources = list(group)
        actions = {change.action for change in resources}
        if owner.kind == "handler" and len(actions) == 1:
            types = tuple(sorted(change.type for change in resources))
            groups.setdefault((actions.pop(), types), []).append(owner.name)
    return tuple(
        (old[0], new[0])
        for (action, types), old in groups.items()
        for new in [groups.get(("create", types), [])]
        if action == "delete" and len(old) == len(new) == 1
    )


def align_lines(lines: Sequence[Line]) -> list[str]:
    """Formats lines in two columns.

    Args:
        lines: the lines.
    """
    width = max((len(line.owner) for line in lines), default=0)
    return [f"  {line.owner:<{width}}  {line.text}" for line in lines]


def build_document(changes: Sequence[Change]) -> dict[str, Any]:
    """Returns a plan as a JSON document, without sensitive values.

    Args:
        changes: the changes of the plan.
    """
    count = _count_actions(changes)
    return {
        "changes": [_build_change(change) for change in changes],
        "totals": {
            "add": count["create"] + count["replace"],
            "change": count["update"],
            "destroy": count["delete"] + count["replace"],
        },
    }


def _count_actions(changes: Iterable[Change]) -> Counter[str]:
    return Counter(change.action for change in changes if change.owner.kind != "outputs")


def _describe_change(change: Change) -> str:
    details = ", ".join(str(difference).strip() for difference in change.differences)
    origin = f" (moved from {change.previous})" if change.previous else ""
    return f"{_SIGNS[change.action]} {change.resource}{origin} {details}".rstrip()


def _describe_moves(changes: Sequence[Change]) -> list[str]:
    """Returns one description of what is only moved for each former owner."""
    groups: dict[str, list[str]] = {}
    for change in changes:
        if change.action == "move":
            groups.setdefault(change.previous, []).append(change.resource)
    return [
        f"{_SIGNS['move']} moved from {previous}: {', '.join(resources)}"
        for previous, resources in groups.items()
    ]


def _describe_drift(change: Change) -> str:
    if change.action == "delete":
        return f"- {change.resource} was deleted"
    return _describe_change(change)


def _describe_losses(changes: Sequence[Change]) -> list[str]:
    """Returns one description for each action and reason."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.is_destructive:
            groups.setdefault((change.action, change.reason), []).append(change)
    return [
        f"{_SIGNS[action]} {_VERBS[action]} {', '.join(change.resource for change in group)}"
        f"{f': {reason}' if reason else ''}{_join_losses(group)}"
        for (action, reason), group in groups.items()
    ]


def _join_losses(changes: Sequence[Change]) -> str:
    """Returns the end of a description that says what is lost with resources, or an empty string."""
    declared = list_resource_types()
    lost = dict.fromkeys(declared[each.type].lost for each in changes if each.type in declared)
    data = " and ".join(filter(None, lost))
    texts = [*filter(None, (change.loss for change in changes)), *([f"{data} are lost"] if data else [])]
    return "".join(f"; {text}" for text in dict.fromkeys(texts))


def _build_change(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = {
        "owner": change.owner.document,
        "address": change.address,
        "type": change.type,
        "action": change.action,
        "what": change.resource,
    }
    if change.differences:
        document["attributes"] = [
            {"name": each.name, "before": each.before, "after": each.after} for each in change.differences
        ]
    if change.reason:
        document["reason"] = change.reason
    if loss := _join_losses([change]).removeprefix("; ") if change.is_destructive else "":
        document["loss"] = loss
    if change.previous:
        document["moved_from"] = change.previous
    return document
