"""Says in words what is lost, or read again, when a plan destroys or replaces a resource.

The kinds of event sources supply the words for the resources that deliver their events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.triggers import get_trigger_class, list_resource_types

if TYPE_CHECKING:
    from domovoi_tf.model.resource_type import Fate

_FUNCTION, _PERMISSION = "aws_lambda_function", "aws_lambda_permission"
#: Attributes that name the function of a resource, by its name or its ARN.
_REFERENCES = ("function_name", "endpoint", "arn", "destination_arn")


class _Side(NamedTuple):
    """A resource before or after the plan: its type and its attributes."""

    type: str
    values: Mapping[str, Any]


def explain_losses(resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Returns what is lost with each resource that is destroyed or replaced, by address.

    Resources without such a loss are left out. A permission counts if it is the only resource of its module
    that is destroyed, because without it nothing is delivered either.

    Args:
        resources: the changes of resources, as in the output of ``terraform show -json``.
    """
    created = [
        _Side(each["type"], _get_values(each, "after"))
        for each in resources
        if "create" in each["change"]["actions"]
    ]
    destroyed = [each for each in resources if "delete" in each["change"]["actions"]]
    carriers = {_get_module(each) for each in destroyed if _has_kind(each) and each["type"] != _PERMISSION}
    losses = {}
    for each in destroyed:
        if each["type"] == _FUNCTION:
            losses[each["address"]] = _explain_function(each, resources)
        elif _has_kind(each) and (each["type"] != _PERMISSION or _get_module(each) not in carriers):
            losses[each["address"]] = _explain_carrier(each, created)
        elif "create" in each["change"]["actions"]:
            losses[each["address"]] = _explain_outage(each)
    return {address: text for address, text in losses.items() if text}


def _explain_outage(resource: Mapping[str, Any]) -> str:
    """Returns what happens while a resource is replaced, and the attributes that AWS cannot change."""
    declared = list_resource_types().get(resource["type"])
    if not declared or not declared.outage:
        return ""
    paths = resource["change"].get("replace_paths") or []
    names = " and ".join(dict.fromkeys(str(path[0]) for path in paths if path))
    return f"{names} cannot be changed in place: {declared.outage}" if names else declared.outage


def _explain_carrier(resource: Mapping[str, Any], created: Sequence[_Side]) -> str:
    """Returns the words of the kind whose events a resource delivers."""
    values = _get_values(resource, "before")
    kind = _find_kind(resource["type"], values)
    return get_trigger_class(kind).explain_loss(values, _find_fate(resource, created)) if kind else ""


def _find_fate(resource: Mapping[str, Any], created: Sequence[_Side]) -> Fate:
    actions = resource["change"]["actions"]
    if actions == ["create", "delete"]:
        return "replaced first"
    key = _find_source(resource["type"], _get_values(resource, "before"))
    sources = (_find_source(each.type, each.values) for each in created if each.type == resource["type"])
    return "replaced" if "create" in actions or key in sources else "destroyed"


def _find_source(resource_type: str, values: Mapping[str, Any]) -> list[Any]:
    """Returns the attributes by which another resource delivers the same events."""
    return [values.get(name) for name in list_resource_types()[resource_type].source]


def _find_kind(resource_type: str, values: Mapping[str, Any]) -> str:
    """Returns the kind whose events a resource delivers; empty if it delivers none."""
    declared = list_resource_types().get(resource_type)
    try:
        return declared.kind(values) if declared and declared.kind else ""
    except (KeyError, IndexError):  # a resource that the user has added, of another provider's version
        return ""


def _has_kind(resource: Mapping[str, Any]) -> bool:
    return bool(_find_kind(resource["type"], _get_values(resource, "before")))


def _explain_function(function: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str:
    """Returns what is lost with a function, which has another identity under another name."""
    name = str(_get_values(function, "before").get("function_name", ""))
    if "create" in function["change"]["actions"]:
        return f"invocations of {name} in between fail"
    successors = _find_successors(name, resources)
    fails = f"callers of {name} fail"
    if not successors:
        return fails
    names = " and ".join(successors)
    is_one = len(successors) == 1
    verb, whose = ("is another function", "its") if is_one else ("are other functions", "their")
    return f"{names} {verb}, with a URL, a log group, a role and metrics of {whose} own; {fails}"


def _find_successors(name: str, resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the names of the new functions that get a handler of a function which is destroyed.

    If a reference is unknown, as the ARN of a new function is, the only new function must be meant.
    """
    new = [
        str(_get_values(each, "after").get("function_name", ""))
        for each in resources
        if each["type"] == _FUNCTION and each["change"]["actions"] == ["create"]
    ]
    old_modules = {
        _get_module(each) for each in resources if _refers_to(_get_values(each, "before"), name)
    } - {_get_module(each) for each in resources if each["type"] == _FUNCTION}
    moved = [each for each in resources if _get_module(each) in old_modules]
    known = [each for each in new if any(_refers_to(_get_values(one, "after"), each) for one in moved)]
    is_unknown = any(_has_unknown_reference(each) for each in moved)
    return known or (new if len(new) == 1 and is_unknown else [])


def _refers_to(values: Mapping[str, Any], function: str) -> bool:
    references = (str(values.get(name, "")) for name in _REFERENCES)
    return any(each == function or each.endswith(f":function:{function}") for each in references)


def _has_unknown_reference(resource: Mapping[str, Any]) -> bool:
    unknown = resource["change"].get("after_unknown")
    return isinstance(unknown, Mapping) and any(unknown.get(name) is True for name in _REFERENCES[:2])


def _get_values(resource: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = resource["change"].get(side) or {}
    return values


def _get_module(resource: Mapping[str, Any]) -> str:
    return str(resource.get("module_address", ""))
