"""A plan in a few lines, by handler: for a terminal, for a pull request, and for machines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from domovoi_tf.plans.changes import Change

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
    """What happens to one owner's resources; ``destroys`` where something that exists is lost."""

    owner: str
    text: str
    destroys: bool = False


def lines(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Returns the lines of a plan: an owner's harmless changes in one, what it loses in others, by reason."""
    found = []
    resources = [change for change in changes if change.owner.kind != "outputs"]
    for owner, of_owner in groupby(resources or changes, key=lambda change: change.owner):
        own = list(of_owner)
        harmless = [_text(change) for change in own if not change.destroys]
        if harmless:
            found.append(Line(owner.title, ", ".join(harmless)))
        found += [Line(owner.title, text, destroys=True) for text in _losses(own)]
    return tuple(found)


def drift_lines(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Returns the lines of what was changed outside of Terraform, one for each owner."""
    grouped = groupby(changes, key=lambda change: change.owner)
    return tuple(Line(owner.title, ", ".join(map(_drift, of_owner))) for owner, of_owner in grouped)


def totals(changes: Iterable[Change]) -> str:
    """Returns how many resources are added, changed and destroyed, as Terraform counts them."""
    count = _count(changes)
    added, lost = count["create"] + count["replace"], count["delete"] + count["replace"]
    more = "".join(f", {count[each]} to {each}" for each in ("import", "move", "forget") if count[each])
    return f"{added} to add, {count['update']} to change, {lost} to destroy{more}"


def operations(changes: Iterable[Change]) -> int:
    """Returns how many resources are made, changed and destroyed one by one; a replacement is two."""
    count = _count(changes)
    return sum(count[each] for each in ("create", "update", "delete")) + 2 * count["replace"]


def new_handlers(changes: Sequence[Change]) -> tuple[str, ...]:
    """Returns the handlers of which nothing was there before."""
    grouped = groupby(changes, key=lambda change: change.owner)
    return tuple(
        owner.name
        for owner, of_owner in grouped
        if owner.kind == "handler" and all(change.action == "create" for change in of_owner)
    )


def aligned(found: Sequence[Line]) -> list[str]:
    """Returns lines as text, in two columns."""
    width = max((len(line.owner) for line in found), default=0)
    return [f"  {line.owner:<{width}}  {line.text}" for line in found]


def markdown(changes: Sequence[Change], title: str) -> str:
    """Returns a plan as a comment of a pull request.

    Args:
        changes: the plan's.
        title: what is planned, such as a stage.

    https://github.github.com/gfm/
    """
    found = lines(changes)
    if not found:
        return f"### {_escaped(title)}: nothing to change\n"
    rows = [f"| {_escaped(line.owner)} | {_cell(line)} |" for line in found]
    text = [f"### {_escaped(title)}: {totals(changes)}", "", "| | |", "|---|---|", *rows]
    if any(line.destroys for line in found):
        text += ["", "**Something that exists is destroyed or replaced.**"]
    return "\n".join(text) + "\n"


def document(changes: Sequence[Change]) -> dict[str, Any]:
    """Returns a plan for machines, without sensitive values: each change with its owner, and the totals."""
    count = _count(changes)
    return {
        "changes": [_described(change) for change in changes],
        "totals": {
            "add": count["create"] + count["replace"],
            "change": count["update"],
            "destroy": count["delete"] + count["replace"],
        },
    }


def _count(changes: Iterable[Change]) -> Counter[str]:
    return Counter(change.action for change in changes if change.owner.kind != "outputs")


def _text(change: Change) -> str:
    details = ", ".join(str(each).strip() for each in change.differences)
    return f"{_SIGNS[change.action]} {change.what} {details}".rstrip()


def _drift(change: Change) -> str:
    return f"- {change.what} was deleted" if change.action == "delete" else _text(change)


def _losses(changes: Sequence[Change]) -> list[str]:
    """Returns what an owner loses; what is lost in one way and for one reason stands together."""
    together: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        if change.destroys:
            together.setdefault((change.action, change.reason), []).append(change.what)
    return [
        f"{_SIGNS[action]} {_VERBS[action]} {', '.join(whats)}{f': {reason}' if reason else ''}"
        for (action, reason), whats in together.items()
    ]


def _described(change: Change) -> dict[str, Any]:
    described: dict[str, Any] = {
        "owner": {"kind": change.owner.kind, "name": change.owner.name},
        "address": change.address,
        "type": change.type,
        "action": change.action,
        "what": change.what,
    }
    if change.differences:
        described["attributes"] = [
            {"name": each.name, "before": each.before, "after": each.after} for each in change.differences
        ]
    if change.reason:
        described["reason"] = change.reason
    return described


def _cell(line: Line) -> str:
    return f"**{_escaped(line.text)}**" if line.destroys else _escaped(line.text)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|&~@#])", r"\\\1", text)
