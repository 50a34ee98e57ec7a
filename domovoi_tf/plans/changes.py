"""What a plan does to each resource, whose it is, and why: from ``terraform show -json``.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.attribute_diff import Difference, Sides, differences, empty, printable
from domovoi_tf.plans.resource_owners import Owner, Owners
from domovoi_tf.triggers import resource_types

_ACTIONS = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}
#: Attributes that tell that a function's code changes.
_CODE = frozenset({"code_sha256", "filename", "s3_key", "s3_object_version", "source_code_hash"})
#: Attributes that AWS computes anew with every other change.
COMPUTED = frozenset(
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
_BECAUSE = {
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_wrong_repetition": "it is no longer one of many, or was not before",
    "delete_because_count_index": "its number is beyond the count",
    "delete_because_each_key": "its key is no longer in the configuration",
    "delete_because_no_move_target": "it was moved to what is not in the configuration",
    "replace_because_tainted": "it was left unfinished",
    "replace_by_request": "asked for by -replace",
    "replace_by_triggers": "what it depends on changes",
}


class Change(NamedTuple):
    """What happens to a resource.

    ``action`` is create, update, delete, replace, forget, move or import; ``what`` the resource in words;
    ``reason`` is why it is destroyed, empty elsewhere.
    """

    owner: Owner
    address: str
    type: str
    action: str
    what: str
    differences: tuple[Difference, ...] = ()
    reason: str = ""

    @property
    def destroys(self) -> bool:
        """Whether something that exists is lost."""
        return self.action in ("delete", "replace") and self.type != "output"


def planned(plan: Mapping[str, Any], owners: Owners) -> tuple[Change, ...]:
    """Returns what a plan changes, by owner and address.

    Args:
        plan: what ``terraform show -json`` says of it.
        owners: the tree's.
    """
    found = [each for each in plan.get("resource_changes", []) if each.get("mode") == "managed"]
    changes = [change for each in found if (change := _change(each, owners))]
    return _ordered([*changes, *_outputs(plan.get("output_changes", {}))])


def drifted(plan: Mapping[str, Any], owners: Owners) -> tuple[Change, ...]:
    """Returns what was changed outside of Terraform, by owner and address.

    Terraform lists more: values that AWS computes, what is absent in the state and empty on AWS, and of a
    role the policies that are resources of their own.

    Args:
        plan: what ``terraform show -json`` says of a refresh-only plan.
        owners: the tree's.
    """
    own = _role_policies(plan.get("prior_state", {}).get("values", {}).get("root_module", {}))
    found = [each for each in plan.get("resource_drift", []) if each.get("mode") == "managed"]
    changes = (change for each in found if (change := _change(_without(each, own), owners)))
    return _ordered(each for each in changes if each.action != "update" or each.differences)


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: (change.owner.order, change.address)))


def _outputs(changes: Mapping[str, Any]) -> Iterator[Change]:
    """Yields the outputs that change, without their values."""
    for name, change in changes.items():
        if action := _ACTIONS.get(tuple(change["actions"])):
            yield Change(Owner("outputs"), f"output.{name}", "output", action, name)


def _change(each: Mapping[str, Any], owners: Owners) -> Change | None:
    action = _action(each)
    if action is None:
        return None
    owner = owners.of(each.get("module_address", ""), each["type"])
    return Change(
        owner=owner,
        address=printable(each["address"]),
        type=each["type"],
        action=action,
        what=_what(each),
        differences=_differences(each) if action == "update" else (),
        reason=_reason(each, owners.has(owner)) if action in ("delete", "replace") else "",
    )


def _action(each: Mapping[str, Any]) -> str | None:
    action = _ACTIONS.get(tuple(each["change"]["actions"]))
    if action is None and each["change"].get("importing"):
        return "import"
    if action is None and each.get("previous_address"):
        return "move"
    return action


def _what(each: Mapping[str, Any]) -> str:
    values = each["change"].get("after") or each["change"].get("before") or {}
    noun = _noun(each["type"], values)
    index = each.get("index")
    named = str(index) if index not in (None, "this") else each["name"]
    return noun if named in ("this", noun) else f"{noun} {printable(named)}"


def _noun(resource_type: str, values: Mapping[str, Any]) -> str:
    declared = resource_types().get(resource_type)
    if declared is None:
        return resource_type.removeprefix("aws_").replace("_", " ")
    return next((noun for key, noun in declared.noun_with.items() if values.get(key)), declared.noun)


def _differences(each: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Returns what changes for a reader: not what follows from it, and code once."""
    found = [d for d in differences(_sides(each["change"])) if d.path[0] not in COMPUTED]
    known = [d for d in found if d.known] or found
    code = [d for d in known if d.path[0] in _CODE]
    others = [_main(d, each["type"]) for d in known if d.path[0] not in _CODE]
    return (*([Difference(("code",), None, None)] if code else []), *others)


def _main(difference: Difference, resource_type: str) -> Difference:
    declared = resource_types().get(resource_type)
    main = declared is not None and difference.path[:1] == (declared.main_attribute,)
    return difference._replace(path=()) if main else difference


def _sides(change: Mapping[str, Any]) -> Sides:
    return Sides(
        change.get("before"),
        change.get("after"),
        change.get("after_unknown"),
        change.get("before_sensitive"),
        change.get("after_sensitive"),
    )


def _reason(each: Mapping[str, Any], owned: bool) -> str:
    change = each["change"]
    if not owned:
        return "the handler is no longer in the app"
    if paths := change.get("replace_paths"):
        return f"{', '.join(_forced(change, path) for path in paths)} cannot be changed in place"
    return _BECAUSE.get(each.get("action_reason", ""), "")


def _forced(change: Mapping[str, Any], path: list[str | int]) -> str:
    sides = _sides(change)
    for step in path:
        sides = sides.at(step)
    return ", ".join(map(str, differences(sides, tuple(path)))) or ".".join(map(str, path))


def _without(each: Mapping[str, Any], own: Mapping[str, set[str]]) -> Mapping[str, Any]:
    """Returns a role without the policies that are resources of their own; anything else as it is."""
    if each["type"] != "aws_iam_role":
        return each
    change = dict(each["change"])
    for side in ("before", "after"):
        if values := change.get(side):
            names = own.get(values["name"], set())
            policies = [p for p in values.get("inline_policy") or [] if p["name"] not in names]
            change[side] = {**values, "inline_policy": [p for p in policies if empty(p)]}
    return {**each, "change": change}


def _role_policies(module: Mapping[str, Any]) -> dict[str, set[str]]:
    """Returns the names of the policies that are resources, by their role's name."""
    found: dict[str, set[str]] = {}
    for resource in _resources(module):
        if resource["type"] == "aws_iam_role_policy":
            values = resource["values"]
            found.setdefault(values["role"], set()).add(values["name"])
    return found


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)
