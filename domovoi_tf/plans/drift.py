"""Finds what was changed outside of Terraform, from a refresh-only plan."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from domovoi_tf.plans.attribute_diff import drop_empty
from domovoi_tf.plans.changes import Change, Owners, make_change, sort_changes
from domovoi_tf.plans.state_values import walk_resources
from domovoi_tf.triggers import list_resource_types


def list_drift(plan: Mapping[str, Any], owners: Owners) -> tuple[Change, ...]:
    """Returns the changes that were made outside of Terraform, sorted by owner and address.

    Omits drift that nobody caused, which Terraform lists too: values that AWS computes, attributes that are
    absent in the state and empty on AWS, and what other resources set, such as inline policies of a role.

    Args:
        plan: the output of ``terraform show -json`` for a refresh-only plan.
        owners: the owners in the rendered tree.
    """
    policies = _list_role_policies(plan)
    resources = [each for each in plan.get("resource_drift", []) if each.get("mode") == "managed"]
    setters = _list_setters(plan)
    own = (_drop_reflections(_drop_managed_policies(each, policies), setters) for each in resources)
    changes = [make_change(each, owners) for each in own]
    return sort_changes(
        change for change in changes if change and (change.action != "update" or change.differences)
    )


def _drop_managed_policies(resource: Mapping[str, Any], managed: Mapping[str, set[str]]) -> Mapping[str, Any]:
    """Returns a role without the inline policies that are resources; other resources unchanged."""
    if resource["type"] != "aws_iam_role":
        return resource
    change = dict(resource["change"])
    for side in ("before", "after"):
        if values := change.get(side):
            names = managed.get(values.get("name", ""), set())
            policies = values.get("inline_policy") or []
            kept = [i for i, p in enumerate(policies) if p.get("name") not in names and drop_empty(p)]
            change[side] = {**values, "inline_policy": [policies[i] for i in kept]}
            mask = change.get(f"{side}_sensitive")
            if isinstance(mask, Mapping) and isinstance(mask.get("inline_policy"), list):
                masks = dict(enumerate(mask["inline_policy"]))
                change[f"{side}_sensitive"] = {**mask, "inline_policy": [masks.get(i) for i in kept]}
    return {**resource, "change": change}


def _list_role_policies(plan: Mapping[str, Any]) -> dict[str, set[str]]:
    """Returns the names of the role policies that are resources, by the name of their role."""
    policies: dict[str, set[str]] = {}
    for _, resource in walk_resources(plan):
        if resource["type"] == "aws_iam_role_policy":
            values = resource["values"]
            policies.setdefault(values.get("role", ""), set()).add(values.get("name", ""))
    return policies


def _drop_reflections(resource: Mapping[str, Any], setters: Set[tuple[str, str]]) -> Mapping[str, Any]:
    """Returns a resource without the attributes that show what other resources of the plan set."""
    declared = list_resource_types().get(resource["type"])
    change = dict(resource["change"])
    identity = (change.get("before") or {}).get("id")
    names = {
        name
        for name, (kind, _) in (declared.reflects if declared else {}).items()
        if (kind, identity) in setters
    }
    for side in ("before", "after"):
        if values := change.get(side):
            change[side] = {name: value for name, value in values.items() if name not in names}
    return {**resource, "change": change}


def _list_setters(plan: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Returns the types of resources that set attributes of others, each with the ID of the other one."""
    attributes = {
        kind: attribute
        for each in list_resource_types().values()
        for kind, attribute in each.reflects.values()
    }
    return {
        (resource["type"], resource["values"].get(attributes[resource["type"]]))
        for _, resource in walk_resources(plan)
        if resource["type"] in attributes
    }
