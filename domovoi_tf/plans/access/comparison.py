"""Compares the permissions before and after a plan, and groups what differs into statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from domovoi_tf.plans.access.grants import Grant, Hidden, collect_grants
from domovoi_tf.plans.access.planned_values import PlannedValues
from domovoi_tf.plans.access.policies import Condition, Element


class Statement(NamedTuple):
    """Permissions that have everything in common except their actions and resources.

    Args:
        is_added: whether the plan adds them, or removes them.
        grant: one of them.
        actions: their actions, sorted.
        resources: their resources, sorted.
    """

    is_added: bool
    grant: Grant
    actions: tuple[Element, ...]
    resources: tuple[Element, ...]

    @property
    def effect(self) -> str:
        """The effect of the permissions."""
        return self.grant.rule.effect if self.grant.rule else "Allow"

    @property
    def principal(self) -> Element | None:
        """The principal that has the permissions, unless it is the holder of the policy."""
        return self.grant.rule.principal if self.grant.rule else None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of the permissions."""
        return self.grant.rule.conditions if self.grant.rule else ()


class Comparison(NamedTuple):
    """The permissions of a plan.

    Args:
        statements: those that are added or removed.
        hidden: the policies that change and cannot be shown.
        before: all permissions before the plan, by key.
        after: all permissions after it.
    """

    statements: tuple[Statement, ...]
    hidden: tuple[Hidden, ...]
    before: Mapping[tuple[Any, ...], Grant]
    after: Mapping[tuple[Any, ...], Grant]


def compare_grants(values: PlannedValues) -> Comparison:
    """Returns the permissions that a plan adds and removes.

    If the statements of a policy are not known before the apply, its present ones do not count as removed.

    Args:
        values: the resources of the plan.
    """
    before, hidden_before = _split(collect_grants(values, "before"))
    after, hidden_after = _split(collect_grants(values, "after"))
    hidden = [
        each
        for key, each in {**hidden_before, **hidden_after}.items()
        if not (key in hidden_before and key in hidden_after)
        or _differs(hidden_before[key], hidden_after[key])
    ]
    unknown = {(each.source["address"], each.relation) for each in hidden_after.values()}
    added = [grant for key, grant in after.items() if key not in before]
    removed = [
        grant
        for key, grant in before.items()
        if key not in after and (grant.source["address"], grant.relation) not in unknown
    ]
    statements = (*group_grants(added, is_added=True), *group_grants(removed, is_added=False))
    return Comparison(statements, tuple(hidden), before, after)


def group_grants(grants: Iterable[Grant], is_added: bool) -> list[Statement]:
    """Returns permissions in statements: those on the same resources, then those with the same actions.

    Args:
        grants: the permissions.
        is_added: whether they are added, or removed.
    """
    groups: dict[tuple[Any, ...], dict[Element | None, list[Grant]]] = {}
    for grant in grants:
        rule = grant.rule
        common = (
            grant.relation,
            grant.holder,
            grant.policy,
            (rule.effect, rule.principal, rule.key[-1]) if rule else None,
        )
        by_resource = groups.setdefault(common, {})
        by_resource.setdefault(rule.resource if rule else None, []).append(grant)
    return [
        statement for by_resource in groups.values() for statement in _merge_resources(by_resource, is_added)
    ]


def _merge_resources(
    by_resource: Mapping[Element | None, Sequence[Grant]], is_added: bool
) -> list[Statement]:
    """Returns one statement for all resources with the same actions."""
    by_actions: dict[tuple[Element, ...], list[Element]] = {}
    grants: dict[tuple[Element, ...], Grant] = {}
    for resource, members in by_resource.items():
        actions = tuple(sorted({grant.rule.action for grant in members if grant.rule}))
        by_actions.setdefault(actions, []).extend([resource] if resource else [])
        grants.setdefault(actions, members[0])
    return [
        Statement(is_added, grants[actions], actions, tuple(sorted(resources)))
        for actions, resources in by_actions.items()
    ]


def _split(
    collected: Iterable[Grant | Hidden],
) -> tuple[dict[tuple[Any, ...], Grant], dict[str, Hidden]]:
    grants: dict[tuple[Any, ...], Grant] = {}
    hidden: dict[str, Hidden] = {}
    for each in collected:
        if isinstance(each, Grant):
            grants.setdefault(each.key, each)
        else:
            hidden[f"{each.source['address']} {each.relation}"] = each
    return grants, hidden


def _differs(before: Hidden, after: Hidden) -> bool:
    return before.reason != after.reason or before.document != after.document
