"""Follows the references in the configuration of a plan, through calls of modules, to resources.

https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.callers.addresses import (
    get_local_address,
    join_address,
    join_steps,
    parse_output,
    parse_resource,
    parse_variable,
    split_address,
)

_NONE: Mapping[str, Any] = {}
#: A reference in a module, and the attribute that is selected of it.
_Place = tuple[str, str, str]


class Target(NamedTuple):
    """A resource that an expression refers to: its address, its type, and the attribute, if it has one."""

    address: str
    type: str
    attribute: str


class Configuration:
    """The configuration of a plan.

    Args:
        plan: the output of ``terraform show -json``.
    """

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._root = plan.get("configuration", _NONE).get("root_module", _NONE)
        self._resources: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}

    def get_calls(self, module: str) -> Mapping[str, Any]:
        """Returns the calls in a module by label.

        Args:
            module: the address of the module.
        """
        calls: Mapping[str, Any] = (self._find_module(module) or _NONE).get("module_calls", _NONE)
        return calls

    def walk_modules(self) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """Yields the labels that lead to each module, and its configuration."""
        pending: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), self._root)]
        while pending:
            labels, module = pending.pop()
            yield labels, module
            calls = module.get("module_calls", _NONE)
            pending += [((*labels, label), call.get("module", _NONE)) for label, call in calls.items()]

    def get_expressions(self, resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Returns the arguments of a resource; None if it is not in the configuration.

        Args:
            resource: the change of the resource.
        """
        module = resource.get("module_address", "")
        labels = tuple(step.label for step in split_address(module))
        if labels not in self._resources:
            listed = (self._find_module(module) or _NONE).get("resources", ())
            self._resources[labels] = {each["address"]: each for each in listed}
        found = self._resources[labels].get(get_local_address(resource))
        if found is None:
            return None
        expressions: Mapping[str, Any] = found.get("expressions", _NONE)
        if "for_each_expression" in found:
            return {**expressions, "for_each": found["for_each_expression"]}
        return expressions

    def trace(self, resource: Mapping[str, Any], expression: Any) -> list[Target]:
        """Returns the resources that an expression refers to, directly or through modules.

        Args:
            resource: the change of the resource that has the expression.
            expression: the expression, as `get_expressions` returns it.
        """
        references = [*_list_references(expression)]
        if any(each.startswith("each.") for each in references):
            for_each = (self.get_expressions(resource) or _NONE).get("for_each")
            references += _list_references(for_each)
        targets = dict.fromkeys(self._follow(resource.get("module_address", ""), references, "", set()))
        named = {each.address for each in targets if each.attribute}
        return [each for each in targets if each.attribute or each.address not in named]

    def trace_call(self, module: str, argument: str) -> list[Target]:
        """Returns the resources that an argument of a module call refers to.

        Args:
            module: the address of the module.
            argument: the name of the argument.
        """
        return [*dict.fromkeys(self._follow_variable(module, argument, "", set()))]

    def _follow(
        self, module: str, references: Iterable[str], attribute: str, seen: set[_Place]
    ) -> Iterator[Target]:
        for reference in references:
            place = module, reference, attribute
            if place in seen:  # modules can refer to each other's outputs many times
                continue
            seen.add(place)
            if variable := parse_variable(reference):
                yield from self._follow_variable(module, *variable, seen)
            elif output := parse_output(reference):
                child = join_address(module, join_steps((output[0],)))
                outputs = (self._find_module(child) or _NONE).get("outputs", _NONE)
                inner = _list_references(outputs.get(output[1], _NONE).get("expression"))
                yield from self._follow(child, inner, "", seen)
            elif found := parse_resource(reference):
                address = join_address(module, f"{found.address}{found.key}")
                yield Target(address, found.type, found.attribute or attribute)

    def _follow_variable(self, module: str, name: str, attribute: str, seen: set[_Place]) -> Iterator[Target]:
        steps = split_address(module)
        if not steps:
            return
        parent = join_steps(steps[:-1])
        call = self.get_calls(parent).get(steps[-1].label, _NONE)
        argument = call.get("expressions", _NONE).get(name)
        yield from self._follow(parent, _list_references(argument), attribute, seen)

    def _find_module(self, address: str) -> Mapping[str, Any] | None:
        module: Mapping[str, Any] = self._root
        for step in split_address(address):
            call = module.get("module_calls", _NONE).get(step.label)
            if call is None:
                return None
            module = call.get("module", _NONE)
        return module


def _list_references(expression: Any) -> Iterator[str]:
    """Yields the references of an expression or of nested blocks."""
    if isinstance(expression, list):
        for each in expression:
            yield from _list_references(each)
    elif isinstance(expression, Mapping):
        references = expression.get("references")
        if isinstance(references, list) and all(isinstance(each, str) for each in references):
            yield from references
        else:
            for each in expression.values():
                yield from _list_references(each)
