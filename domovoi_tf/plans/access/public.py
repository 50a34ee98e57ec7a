"""Finds what everybody on the Internet, or in any AWS account, can reach before and after a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.access import sentences
from domovoi_tf.plans.access.comparison import Comparison, group_grants
from domovoi_tf.plans.access.grants import PERMISSION, Grant, find_function
from domovoi_tf.plans.access.planned_values import PlannedValues, Resource, Side
from domovoi_tf.plans.access.policies import EVERYBODY, Condition, Element
from domovoi_tf.plans.access.sentences import Sentence, code, join, words

_BLOCK = "aws_s3_bucket_public_access_block"
_FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_LOAD_BALANCERS = frozenset({"aws_lb", "aws_alb", "aws_elb"})
#: Conditions with fixed values of these keys keep the public out.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_LIMITS = frozenset(
    """
    aws:principalaccount aws:principalarn aws:principalorgid aws:principalorgpaths aws:sourceaccount
    aws:sourcearn aws:sourceip aws:sourceorgid aws:sourceorgpaths aws:sourceowner aws:sourcevpc
    aws:sourcevpce aws:userid aws:vpcsourceip kms:calleraccount lambda:eventsourcetoken
    s3:dataaccesspointaccount s3:dataaccesspointarn sts:externalid
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)
_OPERATORS = frozenset(
    {"arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase", "stringlike"}
)
#: Those of the operators whose values can have wildcards.
_PATTERNS = frozenset({"arnequals", "arnlike", "stringlike"})
_WILDCARD = re.compile("[*?]")
_ANY = frozenset({"*", "0.0.0.0/0", "::/0"})


class Exposure(NamedTuple):
    """Something that is public.

    Args:
        address: the address of the resource that makes it so.
        module: the address of its module.
        type: the type of the resource.
        text: a sentence about it.
        change: "added", "kept" or "removed" by the plan.
    """

    address: str
    module: str
    type: str
    text: Sentence
    change: str = ""


def find_exposures(values: PlannedValues, comparison: Comparison) -> list[Exposure]:
    """Returns what is public after a plan, and what no longer is.

    Args:
        values: the resources of the plan.
        comparison: the permissions before and after it.
    """
    before = {each[:4]: each for each in _find_settings(values, "before")}
    after = {each[:4]: each for each in _find_settings(values, "after")}
    return [
        *(each._replace(change="kept" if key in before else "added") for key, each in after.items()),
        *(each._replace(change="removed") for key, each in before.items() if key not in after),
        *_find_grants(comparison),
    ]


def _find_grants(comparison: Comparison) -> Iterator[Exposure]:
    before = {key: each for key, each in comparison.before.items() if is_public(each)}
    after = {key: each for key, each in comparison.after.items() if is_public(each)}
    groups = {
        "added": [each for key, each in after.items() if key not in before],
        "kept": [each for key, each in after.items() if key in before],
        "removed": [each for key, each in before.items() if key not in after],
    }
    for change, grants in groups.items():
        for statement in group_grants(grants, is_added=change != "removed"):
            source = statement.grant.source
            who = sentences.describe_principal(statement.principal or Element((EVERYBODY,)))
            is_trust = statement.grant.relation == "trust"
            targets = sentences.describe_elements(statement.resources)
            predicate = sentences.describe_permission(
                "Allow",
                statement.actions,
                code(statement.grant.holder) if is_trust else targets,
                is_added=None,
                in_words=is_trust or source["type"] == PERMISSION,
            )
            text = join(who, predicate, sentences.describe_conditions(statement.conditions))
            yield Exposure(source["address"], source.get("module_address", ""), source["type"], text, change)


def is_public(grant: Grant) -> bool:
    """Whether a permission is one for everybody. Function URLs are found by their settings.

    Args:
        grant: the permission.
    """
    rule = grant.rule
    if rule is None or not rule.is_for_everybody or any(map(_is_limit, rule.conditions)):
        return False
    is_url = grant.source["type"] == PERMISSION and rule.action.values == ("lambda:InvokeFunctionUrl",)
    values = grant.source["change"].get("after") or grant.source["change"].get("before") or {}
    return not (is_url and values.get("function_url_auth_type") == "NONE")


def _is_limit(condition: Condition) -> bool:
    """Whether a condition keeps the public out: each of its values does."""
    operator = condition.operator.lower().removeprefix("foranyvalue:")
    is_known = operator in _OPERATORS and condition.key.lower() in _LIMITS
    is_open = _matches_anybody if operator in _PATTERNS else _ANY.__contains__
    return is_known and bool(condition.values) and not any(map(is_open, condition.values))


def _matches_anybody(pattern: str) -> bool:
    """Whether a pattern leaves open whose something is: an account, or a name that only one account has."""
    if not pattern.startswith("arn:"):
        return pattern in _ANY or bool(_WILDCARD.search(re.split("[:/]", pattern)[0]))
    _, _, service, _, account, resource = [*pattern.split(":", 5), *[""] * 4][:6]
    if account and not _WILDCARD.search(account):
        return False
    return service in ("iam", "sts") or not resource or bool(_WILDCARD.match(resource))


def _find_settings(values: PlannedValues, side: Side) -> Iterator[Exposure]:
    """Yields what the settings of resources make public on one side of the plan."""
    for each in values.resources:
        text: Sentence = ()
        if each["type"] == _BLOCK:
            text = _describe_block(values, each, side)
        elif values.has_side(each, side):
            text = _describe_setting(values, each, side)
        if text:
            yield Exposure(each["address"], each.get("module_address", ""), each["type"], text)


def _describe_setting(values: PlannedValues, resource: Resource, side: Side) -> Sentence:
    kind = resource["type"]
    if kind == "aws_lambda_function_url" and values.get(resource, side, "authorization_type") == "NONE":
        function = find_function(values, resource, side)
        return join(words("everyone may call the URL of"), code(function))
    if kind in _LOAD_BALANCERS and _is_internet_facing(values, resource, side):
        name = values.get_text(resource, side, "name") or resource["address"]
        return join(words("the load balancer"), code(name), words("is internet-facing"))
    if kind in ("aws_s3_bucket_acl", "aws_s3_bucket"):
        acl = values.get(resource, side, "acl")
        if acl in _PUBLIC_ACLS:
            bucket = values.get_text(resource, side, "bucket")
            return join(words("the bucket"), code(bucket), words("has the ACL"), code(acl))
    return ()


def _is_internet_facing(values: PlannedValues, resource: Resource, side: Side) -> bool:
    """Whether a load balancer is not internal, which is the default."""
    if values.get(resource, side, "load_balancer_type") == "gateway":
        return False
    if values.is_unknown(resource, side, "internal"):
        return not values.is_configured(resource, "internal")
    return not values.get(resource, side, "internal")


def _describe_block(values: PlannedValues, block: Resource, side: Side) -> Sentence:
    """Returns what a public access block of a bucket leaves open; all if only the block is removed."""
    is_removed = side == "after" and values.has_side(block, "before") and not values.has_side(block, "after")
    if is_removed:
        bucket = values.get_text(block, "before", "bucket")
        if not _is_kept(values, bucket):
            return ()
        return join(words("the bucket"), code(bucket), words("has no public access block any more"))
    if not values.has_side(block, side):
        return ()
    bucket = values.get_text(block, side, "bucket")
    off = [name for name in _FLAGS if _is_off(block["change"], side, name)]
    if not off:
        return ()
    return join(words("the public access block of"), code(bucket), words("is off:"), code(*off))


def _is_off(change: Mapping[str, Any], side: Side, name: str) -> bool:
    """Whether a flag is off, which is its default."""
    unknown = change.get("after_unknown") or {}
    if side == "after" and isinstance(unknown, Mapping) and unknown.get(name) is True:
        return False
    return not (change.get(side) or {}).get(name)


def _is_kept(values: PlannedValues, bucket: str) -> bool:
    """Whether a bucket is still there after the plan, or another plan owns it."""
    owned = values.find_by_name("aws_s3_bucket", "before", bucket)
    return all(values.has_side(each, "after") for each in owned)
