"""Finds out from the ARNs in a state or a plan whether its resources are those of the emulator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.plans.state_values import walk_resources

_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")


def list_state_accounts(state: Any) -> set[str]:
    """Returns the accounts in the ARNs of a state's resources; empty if it is not a state.

    Args:
        state: the content of a state, as Terraform writes it.
    """
    resources = _get(state, "resources")
    instances = [
        each for resource in _filter_managed(resources) for each in _get(resource, "instances") or ()
    ]
    return set(_find_accounts(_get(instance, "attributes") for instance in instances))


def list_plan_accounts(plan: Mapping[str, Any]) -> set[str]:
    """Returns the accounts in the ARNs of the resources that exist according to the state of a plan.

    Resources that the provider no longer finds are in its ``resource_drift``.

    Args:
        plan: the output of ``terraform show -json``.

    https://developer.hashicorp.com/terraform/internals/json-format
    """
    existing = [resource for _, resource in walk_resources(plan)]
    values = [_get(resource, "values") for resource in _filter_managed(existing)]
    drift = [_get(_get(each, "change"), "before") for each in _filter_managed(_get(plan, "resource_drift"))]
    return set(_find_accounts([*values, *drift]))


def _filter_managed(resources: Any) -> list[Any]:
    return [each for each in resources or () if _get(each, "mode") == "managed"]


def _find_accounts(attributes: Any) -> Iterator[str]:
    for each in attributes:
        if match := _ACCOUNT.match(str(_get(each, "arn"))):
            yield match[1]


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
