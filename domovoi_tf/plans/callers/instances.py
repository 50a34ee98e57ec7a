"""Finds the instances of rendered apps in a plan, and the owners of their resources.

A rendered stage calls one app. Another repository can call one several times, with ``for_each``, through
modules of its own, or several apps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from domovoi_tf.plans.attribute_diff import replace_unprintable
from domovoi_tf.plans.callers.addresses import Step, join_address, join_steps, split_address
from domovoi_tf.plans.callers.configuration import Configuration
from domovoi_tf.plans.resource_owners import FUNCTION_LABEL, Owner, Owners, is_shared_label

#: The calls of modules that each rendered app has, and those of handlers.
_LAMBDA, _IAM, _TRIGGERS = "./modules/lambda", "./modules/iam", "./modules/triggers/"
#: The address of the app in a rendered stage, and its source.
_APP = "module.app"
_STAGE_SOURCE = "../../app"
#: The resources of a function's module. If its call is no longer in the configuration, these tell it.
_FUNCTION = frozenset({"aws_lambda_function.this", "aws_cloudwatch_log_group.this"})
#: References to the module of a function, and the labels of the calls of state machines.
_CALLED = re.compile(r"module\.lambda(?:_(?P<name>[\w-]+))?")
_MACHINE = re.compile(r"state_machine(?:_.*)?")
_NONE: Mapping[str, Any] = {}


class PlanOwners:
    """The owners of the resources of a plan.

    Args:
        plan: the output of ``terraform show -json``.
        tree: the owners in the rendered tree, if it is here; without it, labels stand for handlers' names.
        is_stage: whether it is the plan of a rendered stage (default: if its configuration is one).
        folder: the folder ``app/`` of the tree.
        root: the folder of the root module, if it is known.
    """

    def __init__(
        self,
        plan: Mapping[str, Any],
        tree: Owners | None = None,
        is_stage: bool | None = None,
        folder: Path | None = None,
        root: Path | None = None,
    ) -> None:
        self._configuration = Configuration(plan)
        self._is_stage = _is_stage(self._configuration) if is_stage is None else is_stage
        found = {_APP} if self._is_stage else {*_find_instances(plan, self._configuration)}
        self.instances = tuple(sorted(found))
        self._owners = {each: self._choose_owners(each, tree) for each in self.instances}
        own = {each: folder for each in self.instances if folder and self._owners[each] is tree}
        #: The folders of modules on this machine, by address.
        self.folders: Mapping[str, Path] = {**({} if root is None else {"": root}), **own}

    def find_owner(self, module_address: str, resource_type: str) -> Owner:
        """Returns the owner of a resource: in an app, or outside of all.

        Args:
            module_address: the address of the resource's module; empty for the root module.
            resource_type: the type of the resource.
        """
        instance, inner = self._split(module_address)
        if instance is None:
            return _describe_outside(module_address)
        if not instance:
            return Owners({}).find_owner(module_address, resource_type)
        owner = self._owners[instance].find_owner(join_address(_APP, inner), resource_type)
        return owner._replace(instance=self._name_instance(instance))

    def has_owner(self, owner: Owner) -> bool:
        """Returns whether the owner is still in the configuration.

        Args:
            owner: the owner, as `find_owner` returns it.
        """
        own = self._instances_by_name.get(owner.instance, ())
        return owner.kind != "handler" or any(
            self._owners[each].has_owner(owner._replace(instance="")) for each in own
        )

    def list_handlers(self, owner: Owner) -> tuple[str, ...]:
        """Returns the handlers with sources of their own that a function has, sorted.

        Args:
            owner: the function.
        """
        return tuple(sorted(self._handlers.get((owner.instance, owner.name), ())))

    def has_machines(self, owner: Owner) -> bool:
        """Returns whether the app of a function has state machines, whose tasks are handlers, too."""
        return owner.instance in self._with_machines

    @cached_property
    def _instances_by_name(self) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {}
        for each in self.instances:
            named.setdefault(self._name_instance(each), []).append(each)
        return named

    @cached_property
    def _handlers(self) -> dict[tuple[str, str], set[str]]:
        """The handlers of each function, by the name of the instance and that of the function."""
        found: dict[tuple[str, str], set[str]] = {}
        for name, instance in self._walk_instances():
            for label, call in self._configuration.get_calls(instance).items():
                references = call.get("expressions", _NONE).get("function", _NONE).get("references", ())
                functions = [match["name"] or "" for each in references if (match := _CALLED.fullmatch(each))]
                owner = self._owners[instance].find_owner(f"{_APP}.module.{label}", "") if functions else None
                if owner and owner.kind == "handler":
                    for function in functions:
                        found.setdefault((name, function), set()).update(owner.name.split(", "))
        return found

    @cached_property
    def _with_machines(self) -> set[str]:
        """The names of the instances that have state machines."""
        return {
            name
            for name, instance in self._walk_instances()
            if any(map(_MACHINE.fullmatch, self._configuration.get_calls(instance)))
        }

    def _walk_instances(self) -> Iterator[tuple[str, str]]:
        for name, instances in self._instances_by_name.items():
            yield from ((name, each) for each in instances)

    def _split(self, module_address: str) -> tuple[str | None, str]:
        """Returns the instance that a module is in, and its address there; None if it is in none.

        The instance is empty for modules of a rendered stage beside the app.
        """
        steps = split_address(module_address)
        for count in range(len(steps), 0, -1):
            if (instance := join_steps(steps[:count])) in self._owners:
                return instance, join_steps(steps[count:])
        return ("" if self._is_stage else None), ""

    def _name_instance(self, instance: str) -> str:
        """Returns the name of an instance for titles: nothing if it is the only one."""
        if len(self.instances) == 1:
            return ""
        return _name_module(instance)

    def _choose_owners(self, instance: str, tree: Owners | None) -> Owners:
        calls = self._configuration.get_calls(instance)
        handlers = {label for label, call in calls.items() if _get_source(call).startswith(_TRIGGERS)}
        if tree is not None and 2 * len(handlers & tree.labels) >= len(handlers):
            return tree
        return Owners(
            {label: label if _is_handler(label, _get_source(call)) else "" for label, call in calls.items()}
        )


def _is_handler(label: str, source: str) -> bool:
    return source.startswith(_TRIGGERS) and not is_shared_label(label)


def _describe_outside(module_address: str) -> Owner:
    name = _name_module(module_address)
    return Owner("outside", f"module {name}" if name else "root module")


def _name_module(address: str) -> str:
    return replace_unprintable(".".join(f"{label}{key}" for label, key in split_address(address)))


def _find_instances(plan: Mapping[str, Any], configuration: Configuration) -> Iterator[str]:
    """Yields the addresses of the modules that are rendered apps."""
    configured = {
        labels
        for labels, module in configuration.walk_modules()
        if labels and {_LAMBDA, _IAM} <= {*_list_sources(module)}
    }
    resources = [each for each in plan.get("resource_changes", []) if each.get("mode") == "managed"]
    modules = {each.get("module_address", "") for each in resources}
    for steps in map(split_address, modules):
        for labels in configured:
            if _get_labels(steps[: len(labels)]) == labels:
                yield join_steps(steps[: len(labels)])
    yield from _find_removed_instances(resources, configured)


def _find_removed_instances(
    resources: list[Mapping[str, Any]], configured: set[tuple[str, ...]]
) -> Iterator[str]:
    """Yields the apps that the configuration no longer calls: they have a module of a function."""
    names: dict[tuple[Step, ...], set[str]] = {}
    for each in resources:
        steps = split_address(each.get("module_address", ""))
        if len(steps) > 1 and FUNCTION_LABEL.fullmatch(steps[-1].label) and not steps[-1].key:
            names.setdefault(steps, set()).add(f"{each['type']}.{each['name']}")
    for steps, found in names.items():
        if found >= _FUNCTION and not any(
            _get_labels(steps)[: len(labels)] == labels for labels in configured
        ):
            yield join_steps(steps[:-1])


def _list_sources(module: Mapping[str, Any]) -> list[str]:
    return [_get_source(call) for call in module.get("module_calls", _NONE).values()]


def _get_source(call: Mapping[str, Any]) -> str:
    return str(call.get("source", ""))


def _get_labels(steps: tuple[Step, ...]) -> tuple[str, ...]:
    return tuple(step.label for step in steps)


def _is_stage(configuration: Configuration) -> bool:
    return bool(configuration.get_calls("").get("app", _NONE).get("source") == _STAGE_SOURCE)
