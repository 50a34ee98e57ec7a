"""Collects who may do what before, or after a plan: from policies, attachments and permissions.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.access import documents, roles
from domovoi_tf.plans.access.planned_values import (
    FUNCTION,
    UNKNOWN,
    PlannedValues,
    Resource,
    Side,
)
from domovoi_tf.plans.access.policies import EVERYBODY, Condition, Element, Rule, parse_policy

PERMISSION = "aws_lambda_permission"
#: Policies of principals: the attribute that names the principal, and the type of the principal.
INLINE = {
    "aws_iam_role_policy": ("role", roles.ROLE),
    "aws_iam_user_policy": ("user", "aws_iam_user"),
    "aws_iam_group_policy": ("group", "aws_iam_group"),
}
ATTACHED = {
    "aws_iam_role_policy_attachment": ("role", roles.ROLE),
    "aws_iam_user_policy_attachment": ("user", "aws_iam_user"),
    "aws_iam_group_policy_attachment": ("group", "aws_iam_group"),
}
#: Policies of resources that are Terraform resources themselves: what names the resource, and the document.
_RESOURCE_POLICIES = {
    "aws_cloudwatch_event_bus_policy": ("event_bus_name", "policy"),
    "aws_cloudwatch_log_resource_policy": ("policy_name", "policy_document"),
    "aws_dynamodb_resource_policy": ("resource_arn", "policy"),
    "aws_ecr_repository_policy": ("repository", "policy"),
    "aws_kinesis_resource_policy": ("resource_arn", "policy"),
    "aws_kms_key_policy": ("key_id", "policy"),
    "aws_s3_bucket_policy": ("bucket", "policy"),
    "aws_secretsmanager_secret_policy": ("secret_arn", "policy"),
    "aws_sns_topic_policy": ("arn", "policy"),
    "aws_sqs_queue_policy": ("queue_url", "policy"),
}
#: Policies that are an attribute of the resource. The provider reads those of the types above into it, too.
_OWN_POLICIES = {
    "aws_kms_key": "arn",
    "aws_s3_bucket": "bucket",
    "aws_secretsmanager_secret": "arn",
    "aws_sns_topic": "arn",
    "aws_sqs_queue": "url",
}
#: Policies in attributes of a role.
_POLICIES_OF_ROLES = {"managed_policy_arns": "managed policy", "inline_policy": "policy"}
#: The conditions of a permission of a function, as Lambda writes them into its policy.
_CONDITIONS = {
    "source_arn": ("ArnLike", "aws:SourceArn"),
    "source_account": ("StringEquals", "aws:SourceAccount"),
    "principal_org_id": ("StringEquals", "aws:PrincipalOrgID"),
    "event_source_token": ("StringEquals", "lambda:EventSourceToken"),
}


class Grant(NamedTuple):
    """A permission.

    Args:
        relation: "policy" of a principal, "resource policy", "trust", "managed policy" or "boundary".
        holder: the address, or the name, of what has the policy: a role, a queue.
        rule: the rule; None for a managed policy or a boundary.
        policy: the ARN of the managed policy, or of the boundary.
        source: the resource that declares it. Two resources can grant the same.
    """

    relation: str
    holder: str
    rule: Rule | None
    policy: str
    source: Resource

    @property
    def key(self) -> tuple[Any, ...]:
        """Identifies a permission: two with the same value are one."""
        return self.relation, self.holder, self.rule.key if self.rule else None, self.policy


class Hidden(NamedTuple):
    """A policy whose statements cannot be shown.

    Args:
        relation: as that of a `Grant`.
        holder: as that of a `Grant`.
        reason: "unknown", "sensitive" or "unreadable".
        document: the document, to compare; None if it is unknown.
        source: the resource that declares it.
        attribute: the attribute that has the document.
    """

    relation: str
    holder: str
    reason: str
    document: Any
    source: Resource
    attribute: str


def collect_grants(values: PlannedValues, side: Side) -> Iterator[Grant | Hidden]:
    """Yields the permissions on one side of a plan, and the policies that cannot be shown.

    Args:
        values: the resources of the plan.
        side: "before" or "after".
    """
    for each in values.resources:
        if values.has_side(each, side):
            yield from _collect(values, each, side)


def _collect(values: PlannedValues, resource: Resource, side: Side) -> Iterator[Grant | Hidden]:
    kind = resource["type"]
    if kind in INLINE:
        holder = roles.find_holder(values, resource, side, *INLINE[kind])
        yield from _read_policy(values, resource, side, ("policy", holder), "policy")
    elif kind in ATTACHED:
        holder = roles.find_holder(values, resource, side, *ATTACHED[kind])
        yield Grant("managed policy", holder, None, values.get_text(resource, side, "policy_arn"), resource)
    elif kind == "aws_iam_policy":
        yield from _read_policy(values, resource, side, ("policy", resource["address"]), "policy")
    elif kind == roles.ROLE:
        yield from _collect_role(values, resource, side)
    elif kind == PERMISSION:
        yield from _collect_permission(values, resource, side)
    elif kind in _RESOURCE_POLICIES:
        name, attribute = _RESOURCE_POLICIES[kind]
        holder = values.get_text(resource, side, name)
        yield from _read_policy(values, resource, side, ("resource policy", holder), attribute)
    elif kind in _OWN_POLICIES and _has_own_policy(values, resource):
        holder = values.get_text(resource, side, _OWN_POLICIES[kind]) or resource["address"]
        yield from _read_policy(values, resource, side, ("resource policy", holder), "policy")


def _has_own_policy(values: PlannedValues, resource: Resource) -> bool:
    """Whether the configuration sets the policy of a resource.

    The provider reads one that is a resource of its own, or that AWS gives to all, into it, too. One that is
    destroyed with the resource needs no mention.
    """
    if values.is_configured(resource, "policy"):
        return True
    is_kept = values.has_side(resource, "before") and values.has_side(resource, "after")
    changes = values.get(resource, "before", "policy") != values.get(resource, "after", "policy")
    return is_kept and changes and not values.is_unknown(resource, "after", "policy")


def _collect_role(values: PlannedValues, role: Resource, side: Side) -> Iterator[Grant | Hidden]:
    holder = role["address"]
    yield from _read_policy(values, role, side, ("trust", holder), "assume_role_policy")
    if boundary := values.get_text(role, side, "permissions_boundary"):
        yield Grant("boundary", holder, None, boundary, role)
    for name, relation in _POLICIES_OF_ROLES.items():
        if values.is_configured(role, name):
            yield from _collect_role_policies(values, role, side, name, (relation, holder))


def _collect_role_policies(
    values: PlannedValues, role: Resource, side: Side, name: str, place: tuple[str, str]
) -> Iterator[Grant | Hidden]:
    """Yields the policies in a list of a role, of which all, or some, may be unknown."""
    if values.is_sensitive(role, side, name):
        yield Hidden(*place, "sensitive", (role["change"].get(side) or {}).get(name), role, name)
    elif values.has_unknown(role, side, name):
        yield Hidden(*place, "unknown", None, role, name)
    for each in values.get(role, side, name) or ():
        if isinstance(each, Mapping):
            yield from _parse(each.get("policy") or "{}", place, role, name)
        elif each is not None:
            yield Grant(*place, None, str(each), role)


def _collect_permission(values: PlannedValues, permission: Resource, side: Side) -> Iterator[Grant]:
    holder = find_function(values, permission, side)
    if qualifier := values.get_text(permission, side, "qualifier"):
        holder = f"{holder}:{qualifier}"
    who = values.get_text(permission, side, "principal")
    conditions = [
        Condition(*_CONDITIONS[name], (text,))
        for name in _CONDITIONS
        if (text := values.get_text(permission, side, name))
    ]
    is_service = "." in who and not who.startswith("arn:")
    principal = EVERYBODY if who == EVERYBODY else f"Service:{who}" if is_service else who
    rule = Rule(
        "Allow",
        Element((principal,)),
        Element((values.get_text(permission, side, "action"),)),
        Element((holder,)),
        tuple(conditions),
    )
    yield Grant("resource policy", holder, rule, "", permission)


def find_function(values: PlannedValues, resource: Resource, side: Side) -> str:
    """Returns the name, with its qualifier, or the address of the function that a resource belongs to.

    Args:
        values: the resources of the plan.
        resource: a permission or a function URL.
        side: "before" or "after".
    """
    text = values.get_text(resource, side, "function_name")
    if text == UNKNOWN:
        targets = values.trace_call(resource, "function")
        functions = [each for each in targets if each.type == FUNCTION]
        text = values.name_targets(functions) if functions else resource["address"]
    return text.partition(":function:")[2] or text


def _read_policy(
    values: PlannedValues, resource: Resource, side: Side, place: tuple[str, str], name: str
) -> Iterator[Grant | Hidden]:
    if values.is_sensitive(resource, side, name):
        raw = (resource["change"].get(side) or {}).get(name)
        yield Hidden(*place, "sensitive", raw, resource, name)
    elif values.is_unknown(resource, side, name):
        document = documents.rebuild(values, resource, name)
        if document is None:
            yield Hidden(*place, "unknown", None, resource, name)
        else:
            yield from _parse(document, place, resource, name)
    elif document := values.get(resource, side, name):
        yield from _parse(document, place, resource, name)


def _parse(document: Any, place: tuple[str, str], source: Resource, name: str) -> Iterator[Grant | Hidden]:
    relation, holder = place
    try:
        rules = parse_policy(document)
    except (ValueError, RecursionError):
        yield Hidden(relation, holder, "unreadable", document, source, name)
        return
    for rule in rules:
        if relation == "resource policy" and rule.resource == Element((EVERYBODY,)):
            rule = rule._replace(resource=Element((holder,)))
        yield Grant(relation, holder, rule, "", source)
