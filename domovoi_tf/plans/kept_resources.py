"""Lists the resources that remain after a stage is destroyed, and those that AWS refuses to delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domovoi_tf.errors import BackendError
from domovoi_tf.plans.attribute_diff import replace_unprintable
from domovoi_tf.plans.changes import choose_noun
from domovoi_tf.plans.resource_owners import Owner, Owners
from domovoi_tf.plans.state_values import walk_resources
from domovoi_tf.plans.summary import Line
from domovoi_tf.system.suggestions import spell
from domovoi_tf.triggers import list_resource_types

#: Data sources that describe the account, not a resource of it.
_ACCOUNT = frozenset({"aws_caller_identity", "aws_partition", "aws_region"})
_NOUNS = {"aws_dynamodb_table": "DynamoDB table"}
#: The attributes that may contain the name of a resource.
_NAMES = ("name", "bucket", "domain", "id")
_FOREIGN = "not managed by this stage"
_FULL_BUCKET = "if it contains objects, because AWS deletes only empty buckets"


def list_kept(plan: Mapping[str, Any], owners: Owners) -> tuple[Line, ...]:
    """Returns a line for each owner and reason why resources remain.

    Args:
        plan: the output of ``terraform show -json`` for a plan to destroy.
        owners: the owners in the rendered tree.
    """
    groups: dict[tuple[Owner, str], list[str]] = {}
    for module, resource in walk_resources(plan):
        if reason := _explain(resource):
            owner = owners.find_owner(module, resource["type"])
            groups.setdefault((owner, reason), []).append(_describe(resource))
    ordered = sorted(groups.items(), key=lambda group: (group[0][0].sort_key, group[0][1]))
    return tuple(Line(owner.title, f"{_join(names)}: {reason}") for (owner, reason), names in ordered)


def require_unprotected(plan: Mapping[str, Any], stage: str) -> None:
    """Checks that a plan deletes no resource whose deletion AWS rejects.

    Args:
        plan: the output of ``terraform show -json``.
        stage: the name of the stage.

    Raises:
        BackendError: deletion protection is on for a resource that the plan destroys or replaces.
    """
    names = []
    for each in plan.get("resource_changes", []):
        declared, values = list_resource_types().get(each["type"]), each["change"].get("before") or {}
        is_protected = declared and declared.protection and values.get(declared.protection)
        if is_protected and "delete" in each["change"]["actions"]:
            names.append(f"{choose_noun(each['type'], values)} {values.get('name') or each['address']}")
    if names:
        raise BackendError(
            replace_unprintable(f"AWS would refuse to delete the {_join(names)}: deletion protection is on."),
            "Nothing was changed. Set deletion_protection in load_balancer of .chalice/config.json to false, "
            f"deploy that first (`{spell('deploy', stage)}`, with nothing else changed), and repeat the "
            "command.",
        )


def _explain(resource: Mapping[str, Any]) -> str:
    """Returns why a resource remains, or may remain; empty if it is destroyed in any case."""
    if resource["mode"] == "data":
        return "" if resource["type"] in _ACCOUNT else _FOREIGN
    is_bucket = resource["type"] == "aws_s3_bucket"
    return _FULL_BUCKET if is_bucket and not resource["values"].get("force_destroy") else ""


def _describe(resource: Mapping[str, Any]) -> str:
    values = resource["values"]
    noun = _NOUNS.get(resource["type"]) or choose_noun(resource["type"], values)
    names: Iterator[str] = (str(values[key]) for key in _NAMES if values.get(key))
    return replace_unprintable(f"{noun} {next(names, resource['name'])}")


def _join(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
