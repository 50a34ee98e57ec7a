"""Splits IAM policy documents into rules with one principal, one action and one resource each.

Two documents with the same rules allow the same, whatever the order and the Sids of their statements are.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

EVERYBODY = "*"
#: The most rules of a statement. Statements of real policies have some hundred.
_MAX_RULES = 20_000
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root")


class Element(NamedTuple):
    """The value of an element of a statement; if ``is_excluded``, everything except the values."""

    values: tuple[str, ...]
    is_excluded: bool = False


class Condition(NamedTuple):
    """A condition of a statement: an operator, a key, and sorted values of which one must match."""

    operator: str
    key: str
    values: tuple[str, ...]


class Rule(NamedTuple):
    """A part of a statement.

    Args:
        effect: "Allow" or "Deny".
        principal: who is allowed, such as "Service:sns.amazonaws.com"; None in a policy of a role.
        action: the action.
        resource: the resource; None in a trust policy.
        conditions: the conditions, sorted.
    """

    effect: str
    principal: Element | None
    action: Element
    resource: Element | None
    conditions: tuple[Condition, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """Identifies a rule: IAM compares actions and condition keys without their case."""
        action = tuple(each.lower() for each in self.action.values)
        conditions = tuple((each.operator.lower(), each.key.lower(), each.values) for each in self.conditions)
        return self.effect, self.principal, action, self.action.is_excluded, self.resource, conditions

    @property
    def is_for_everybody(self) -> bool:
        """Whether anybody is allowed, as far as the principal decides it."""
        who = self.principal
        return self.effect == "Allow" and who is not None and (who.is_excluded or EVERYBODY in who.values)


def parse_policy(document: Any) -> list[Rule]:
    """Returns the distinct rules of a policy document.

    Args:
        document: the document as JSON, or parsed.

    Raises:
        ValueError: it is not a policy document.
    """
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", []) if isinstance(parsed, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(each, Mapping) for each in statements):
        raise ValueError("it is not a policy document")
    rules = [rule for each in statements for rule in _split_statement(each)]
    return [*{rule.key: rule for rule in rules}.values()]


def _split_statement(statement: Mapping[str, Any]) -> Iterator[Rule]:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise ValueError("a statement neither allows nor denies")
    conditions = tuple(sorted(_list_conditions(statement.get("Condition") or {})))
    principals = _list_elements(statement, "Principal", _list_principals)
    actions = _list_elements(statement, "Action", _list_values)
    resources = _list_elements(statement, "Resource", _list_values)
    if len(principals) * len(actions) * len(resources) > _MAX_RULES:
        raise ValueError("a statement has too many combinations")
    for principal, action, resource in product(principals, filter(None, actions), resources):
        yield Rule(str(effect), principal, action, resource, conditions)


def _list_elements(statement: Mapping[str, Any], name: str, list_values: Any) -> list[Element | None]:
    """Returns the elements of a statement with a name; None in place of those that it does not have."""
    if name in statement:
        return [Element((value,)) for value in list_values(statement[name])]
    if f"Not{name}" in statement:
        return [Element(tuple(sorted(list_values(statement[f"Not{name}"]))), is_excluded=True)]
    return [None]


def _list_values(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each if isinstance(each, str) else json.dumps(each) for each in values if each is not None]


def _list_principals(value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [*map(_normalize_principal, _list_values(value))]
    return [
        _normalize_principal(each if kind == "AWS" else f"{kind}:{each}")
        for kind, names in value.items()
        for each in _list_values(names)
    ]


def _normalize_principal(name: str) -> str:
    """Returns an account by its number alone, as AWS takes its root user for the account."""
    match = _ROOT.fullmatch(name)
    return match[1] if match else name


def _list_conditions(conditions: Any) -> Iterator[Condition]:
    if isinstance(conditions, Mapping):
        for operator, keys in conditions.items():
            if isinstance(keys, Mapping):
                for key, values in keys.items():
                    yield Condition(operator, key, tuple(sorted(_list_values(values))))
