"""Finds the roles, users and groups that have a policy."""

from __future__ import annotations

from domovoi_tf.plans.access.planned_values import SENSITIVE, PlannedValues, Resource, Side

ROLE = "aws_iam_role"


def find_holder(values: PlannedValues, policy: Resource, side: Side, name: str, resource_type: str) -> str:
    """Returns the address of the principal that has a policy, or its name if another plan creates it.

    Args:
        values: the resources of the plan.
        policy: the policy.
        side: "before" or "after".
        name: the attribute of the policy that names the principal.
        resource_type: the type of the principal.
    """
    if values.is_unknown(policy, side, name):
        targets = values.trace(policy, name)
        return next((each.address for each in targets if each.type == resource_type), "") or (
            values.name_targets(targets)
        )
    text = values.get_text(policy, side, name)
    module = policy.get("module_address", "")
    found = values.find_by_name(resource_type, side, text) if text != SENSITIVE else []
    # Two accounts can each have a role of this name.
    near = [each for each in found if each.get("module_address", "") == module]
    return next((str(each["address"]) for each in (*near, *found)), text)
