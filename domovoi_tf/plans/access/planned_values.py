"""Reads attributes of the resources of a plan, before and after it, without sensitive values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from domovoi_tf.plans.callers.addresses import get_local_address, join_address
from domovoi_tf.plans.callers.configuration import Configuration, Target
from domovoi_tf.plans.sources.evaluation import Evaluator, Scope
from domovoi_tf.plans.sources.module_texts import ModuleTexts
from domovoi_tf.plans.state_values import walk_resources

Side = Literal["before", "after"]
Resource = Mapping[str, Any]
UNKNOWN = "(known after apply)"
SENSITIVE = "(sensitive)"
FUNCTION = "aws_lambda_function"
_IDENTITIES = ("name", "arn", "bucket")


class PlannedValues:
    """The resources of a plan.

    Args:
        plan: the output of ``terraform show -json``.
        folders: the folders of modules on this machine, by address.
    """

    def __init__(self, plan: Mapping[str, Any], folders: Mapping[str, Path] | None = None) -> None:
        changes = plan.get("resource_changes", [])
        self.resources = [each for each in changes if each.get("mode") == "managed"]
        self.configuration = Configuration(plan)
        self._texts = ModuleTexts(self.configuration, folders or {})
        self._evaluator = Evaluator(self._texts, self.name_target, self._is_known, UNKNOWN)
        # A deposed object, which an interrupted replacement left, has the address of its successor.
        self._changes = {each["address"]: each for each in changes if "deposed" not in each}
        self._names: dict[tuple[str, Side], dict[Any, list[Resource]]] = {}
        self._state = {each["address"]: _drop_sensitive(each) for _, each in walk_resources(plan)}

    def find(self, address: str) -> Resource | None:
        """Returns the change of a resource or data source."""
        return self._changes.get(address)

    def find_by_name(self, resource_type: str, side: Side, name: str) -> list[Resource]:
        """Returns the resources of a type that have a name or an ARN on one side of the plan.

        The name of a bucket is its attribute `bucket`.
        """
        key = (resource_type, side)
        if key not in self._names:
            names = self._names[key] = {}
            for each in self.resources:
                if each["type"] == resource_type:
                    for text in {self.get(each, side, name) for name in _IDENTITIES} - {None}:
                        names.setdefault(text, []).append(each)
        return self._names[key].get(name, [])

    def has_side(self, resource: Resource, side: Side) -> bool:
        """Returns whether a resource exists before, or after the plan."""
        return _get_values(resource, side) is not None

    def is_configured(self, resource: Resource, name: str) -> bool | None:
        """Returns whether the configuration sets an attribute; None if it does not have the resource."""
        expressions = self.configuration.get_expressions(resource)
        return None if expressions is None else name in expressions

    def is_sensitive(self, resource: Resource, side: Side, name: str) -> bool:
        """Returns whether an attribute, or a part of it, is sensitive."""
        mask = resource["change"].get(f"{_choose_side(resource, side)}_sensitive")
        return mask is True or (isinstance(mask, Mapping) and _has_true(mask.get(name)))

    def is_unknown(self, resource: Resource, side: Side, name: str) -> bool:
        """Returns whether an attribute is not known before the apply."""
        mask = resource["change"].get("after_unknown")
        unknown = mask is True or (isinstance(mask, Mapping) and mask.get(name) is True)
        return unknown and _choose_side(resource, side) == "after"

    def has_unknown(self, resource: Resource, side: Side, name: str) -> bool:
        """Returns whether an attribute, or a part of it, is not known before the apply."""
        mask = resource["change"].get("after_unknown")
        unknown = mask is True or (isinstance(mask, Mapping) and _has_true(mask.get(name)))
        return unknown and _choose_side(resource, side) == "after"

    def get(self, resource: Resource, side: Side, name: str) -> Any:
        """Returns an attribute; None if it is absent, unknown or sensitive."""
        if self.is_sensitive(resource, side, name):
            return None
        return (_get_values(resource, side) or {}).get(name)

    def get_text(self, resource: Resource, side: Side, name: str) -> str:
        """Returns an attribute as text: an unknown one as the address, or the name, that it refers to."""
        if self.is_sensitive(resource, side, name):
            return SENSITIVE
        if self.is_unknown(resource, side, name):
            return self.name_targets(self.trace(resource, name))
        value = self.get(resource, side, name)
        return "" if value is None else str(value)

    def trace(self, resource: Resource, name: str) -> list[Target]:
        """Returns the resources that an attribute refers to in the configuration."""
        expressions = self.configuration.get_expressions(resource) or {}
        return self.trace_expression(resource, expressions.get(name))

    def trace_expression(self, resource: Resource, expression: Any) -> list[Target]:
        """Returns the resources that an expression of a resource refers to in the configuration."""
        return self._add_indexes(resource, self.configuration.trace(resource, expression))

    def trace_call(self, resource: Resource, argument: str) -> list[Target]:
        """Returns the resources that an argument of the call of a resource's module refers to."""
        targets = self.configuration.trace_call(resource.get("module_address", ""), argument)
        return self._add_indexes(resource, targets)

    def evaluate(self, resource: Resource, name: str) -> Any:
        """Returns an attribute as the text of its module says; `Unknown` for what is not known."""
        module = resource.get("module_address", "")
        text = self._texts.find(module)
        block = text.find_block("resource", resource["type"], resource["name"]) if text else None
        if block is None:
            return None
        scope = Scope(module)
        if "index" in resource:
            members = self._evaluator.evaluate(block.arguments.get("for_each"), scope)
            key = str(resource["index"])
            value = members.get(key) if isinstance(members, Mapping) else None
            each = {"key": key, **({} if value is None else {"value": value})}
            scope = Scope(module, {"each": each})
        return self._evaluator.evaluate(block.arguments.get(name), scope)

    def _is_known(self, target: Target) -> bool:
        resource = self.find(target.address)
        if resource is None:
            return isinstance(self._state.get(target.address, {}).get(target.attribute), str)
        return not self.is_unknown(resource, "after", target.attribute)

    def name_targets(self, targets: Iterable[Target]) -> str:
        """Returns the value of the first target if it is known, otherwise its address."""
        return next((self.name_target(each) for each in targets), UNKNOWN)

    def name_target(self, target: Target) -> str:
        """Returns the value of a target if it is known, the name of a new function, or the address."""
        resource = self.find(target.address)
        if resource is None:
            value = self._state.get(target.address, {}).get(target.attribute)
            return value if isinstance(value, str) else target.address
        names = ["function_name"] if resource["type"] == FUNCTION else []
        for name in filter(None, (target.attribute, *names)):
            value = self.get(resource, "after", name)
            if isinstance(value, str) and value and not self.is_unknown(resource, "after", name):
                return value
        return target.address

    def _add_indexes(self, resource: Resource, targets: Iterable[Target]) -> list[Target]:
        """Adds the index of the referring resource to targets that exist only with an index."""
        own = join_address(resource.get("module_address", ""), get_local_address(resource))
        index = resource["address"].removeprefix(own)
        return [
            target._replace(address=f"{target.address}{index}")
            if target.address not in self._changes and f"{target.address}{index}" in self._changes
            else target
            for target in targets
        ]


def _drop_sensitive(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the values of a resource in the state without the sensitive ones."""
    masks = resource.get("sensitive_values") or {}
    values = resource.get("values") or {}
    return {name: value for name, value in values.items() if not _has_true(masks.get(name))}


def _choose_side(resource: Resource, side: Side) -> Side:
    """Returns the side to read: what Terraform only forgets remains as it is."""
    return "before" if resource["change"]["actions"] == ["forget"] else side


def _get_values(resource: Resource, side: Side) -> Mapping[str, Any] | None:
    values = resource["change"].get(_choose_side(resource, side))
    return values if isinstance(values, Mapping) else None


def _has_true(mask: Any) -> bool:
    if isinstance(mask, Mapping):
        return any(map(_has_true, mask.values()))
    return any(map(_has_true, mask)) if isinstance(mask, list) else mask is True
