"""Evaluates expressions of a module, with the values of a plan, and addresses for what is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.callers.addresses import join_address, join_steps, split_address
from domovoi_tf.plans.callers.configuration import Target
from domovoi_tf.plans.sources.expressions import (
    Call,
    Expression,
    For,
    ListOf,
    Literal,
    ObjectOf,
    Template,
    Traversal,
)
from domovoi_tf.plans.sources.module_texts import ModuleTexts

_MAX_DEPTH = 40


class Unknown(str):
    """A value that is not known: the address that it comes from, or a remark."""

    __slots__ = ()


class Partial(dict[str, Any]):
    """An object that may lack some of these entries, because of a condition that was not evaluated.

    The entry of a resource that exists can be looked up in it.
    """


class Scope(NamedTuple):
    """The place of an expression: the address of its module, and the values of names such as `each`."""

    module: str
    names: Mapping[str, Any] = {}
    depth: int = 0


class Evaluator:
    """Evaluates expressions.

    Args:
        texts: the texts of the modules.
        name_target: returns the value of an attribute of a resource, or an address if it is not known.
        is_known: returns whether the value of an attribute is known.
        unknown: the text of an unknown value without an address.
    """

    def __init__(
        self,
        texts: ModuleTexts,
        name_target: Callable[[Target], str],
        is_known: Callable[[Target], bool],
        unknown: str,
    ) -> None:
        self._texts, self._name_target, self._is_known = texts, name_target, is_known
        self._unknown = Unknown(unknown)
        self._values: dict[tuple[str, str, str], tuple[int, Any]] = {}

    def evaluate(self, expression: Expression | None, scope: Scope) -> Any:
        """Returns the value of an expression; `Unknown` for what is not known.

        Args:
            expression: the expression.
            scope: its place.
        """
        if scope.depth > _MAX_DEPTH:
            return self._unknown
        scope = scope._replace(depth=scope.depth + 1)
        match expression:
            case Literal(value):
                return value
            case Template(parts):
                return self._join(parts, scope)
            case ListOf(items):
                return [self.evaluate(item, scope) for item in items]
            case ObjectOf(items):
                return {str(self.evaluate(key, scope)): self.evaluate(value, scope) for key, value in items}
            case For():
                return self._evaluate_for(expression, scope)
            case Call(name, arguments):
                return self._call(name, [self.evaluate(each, scope) for each in arguments])
            case Traversal(steps):
                return self._follow(steps, scope)
            case _:
                return self._unknown

    def _join(self, parts: tuple[str | Expression, ...], scope: Scope) -> Any:
        values = [part if isinstance(part, str) else self.evaluate(part, scope) for part in parts]
        if len(values) == 1:
            return values[0]
        if any(isinstance(each, dict | list) for each in values):
            return self._unknown
        text = "".join(_spell(each) for each in values)
        return Unknown(text) if any(isinstance(each, Unknown) for each in values) else text

    def _evaluate_for(self, expression: For, scope: Scope) -> Any:
        """Returns the result of a `for` expression, with all entries if its condition is not known."""
        collection = self.evaluate(expression.collection, scope)
        if isinstance(collection, Unknown) or not isinstance(collection, dict | list):
            return self._unknown
        pairs = [*collection.items()] if isinstance(collection, dict) else [*enumerate(collection)]
        scopes = [self._bind(expression.names, pair, scope) for pair in pairs]
        is_partial = isinstance(collection, Partial)
        if expression.has_condition:
            tests = [self.evaluate(expression.not_empty, each) for each in scopes]
            is_partial = is_partial or any(not isinstance(each, dict | list) for each in tests)
            scopes = [each for each, test in zip(scopes, tests, strict=True) if is_partial or test]
        if expression.key is None and is_partial:
            return self._unknown
        values = [self.evaluate(expression.value, each) for each in scopes]
        if expression.key is None:
            return values
        keys = [self.evaluate(expression.key, each) for each in scopes]
        entries = {str(key): value for key, value in zip(keys, values, strict=True)}
        return Partial(entries) if is_partial else entries

    def _bind(self, names: tuple[str, ...], pair: tuple[Any, Any], scope: Scope) -> Scope:
        values = pair if len(names) > 1 else pair[1:]
        return scope._replace(names={**scope.names, **dict(zip(names, values, strict=False))})

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if any(isinstance(each, Unknown) for each in arguments):
            return self._unknown
        if name in ("jsonencode", "toset", "tolist") and len(arguments) == 1:
            return arguments[0]
        if name == "merge" and all(isinstance(each, dict) for each in arguments):
            return self._merge(arguments)
        if name == "concat" and all(isinstance(each, list) for each in arguments):
            return [value for each in arguments for value in each]
        if name == "flatten":
            return [*_flatten(arguments)]
        if name == "values" and isinstance(arguments[0], dict) and not isinstance(arguments[0], Partial):
            return [value for _, value in sorted(arguments[0].items())]
        return self._unknown

    def _merge(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns objects as one. An entry that a later one may replace is not known."""
        merged: dict[str, Any] = {}
        for each in objects:
            is_partial = isinstance(each, Partial)
            merged |= {
                key: self._unknown if is_partial and key in merged else value for key, value in each.items()
            }
        return Partial(merged) if any(isinstance(each, Partial) for each in objects) else merged

    def _follow(self, steps: tuple[str, ...], scope: Scope) -> Any:
        """Returns the value of a reference."""
        root, rest = steps[0], steps[1:]
        if root in scope.names:
            return self._select(scope.names[root], rest)
        if root in ("local", "var") and rest:
            return self._select(self._evaluate_once(root, rest[0], scope), rest[1:])
        if root == "module" and rest:
            return self._evaluate_output(rest, scope)
        if root in ("path", "each", "count", "self", "terraform"):
            return self._unknown
        return self._name_resource(steps, scope)

    def _evaluate_once(self, kind: str, name: str, scope: Scope) -> Any:
        """Returns a local value or a variable, which others may refer to many times."""
        key = scope.module, kind, name
        depth, value = self._values.get(key, (_MAX_DEPTH + 1, self._unknown))
        if scope.depth < depth:  # at the maximum depth, parts of it were not evaluated
            value = (
                self._evaluate_variable(name, scope) if kind == "var" else self._evaluate_local(name, scope)
            )
            self._values[key] = scope.depth, value
        return value

    def _evaluate_local(self, name: str, scope: Scope) -> Any:
        text = self._texts.find(scope.module)
        found = text.find_local(name) if text else None
        return self._evaluate_found(found, Scope(scope.module, {}, scope.depth))

    def _evaluate_found(self, expression: Expression | None, scope: Scope) -> Any:
        return self._unknown if expression is None else self.evaluate(expression, scope)

    def _evaluate_variable(self, name: str, scope: Scope) -> Any:
        """Returns an argument of the call of a module, or the default of the variable."""
        steps = split_address(scope.module)
        if not steps:
            return self._unknown
        parent = join_steps(steps[:-1])
        caller = self._texts.find(parent)
        block = caller.find_block("module", steps[-1].label) if caller else None
        if block is None:
            return self._unknown
        own = self._texts.find(scope.module)
        variable = own.find_block("variable", name) if own else None
        arguments = variable.arguments if variable else {}
        inside = Scope(scope.module, {}, scope.depth)
        if name in block.arguments:
            value = self.evaluate(block.arguments[name], Scope(parent, {}, scope.depth))
        else:
            value = self._evaluate_found(arguments.get("default"), inside)
        return self._add_defaults(arguments.get("type"), value, inside)

    def _add_defaults(self, constraint: Expression | None, value: Any, scope: Scope) -> Any:
        """Returns a value with the defaults of the attributes that it lacks.

        https://developer.hashicorp.com/terraform/language/expressions/type-constraints
        """
        if not isinstance(constraint, Call) or not constraint.arguments:
            return value
        inner = constraint.arguments[0]
        if constraint.name in ("list", "set") and isinstance(value, list):
            return [self._add_defaults(inner, each, scope) for each in value]
        if constraint.name == "map" and isinstance(value, dict):
            return type(value)({key: self._add_defaults(inner, each, scope) for key, each in value.items()})
        if constraint.name == "object" and isinstance(value, dict) and isinstance(inner, ObjectOf):
            return type(value)(self._list_attributes(inner, value, scope))
        return value

    def _list_attributes(
        self, constraint: ObjectOf, value: dict[str, Any], scope: Scope
    ) -> Iterator[tuple[str, Any]]:
        for key, kind in constraint.items:
            name = str(self.evaluate(key, scope))
            found, inner = value.get(name), kind
            if isinstance(kind, Call) and kind.name == "optional":
                inner, *default = kind.arguments
                if found is None and default:
                    found = self.evaluate(default[0], scope)
            yield name, self._add_defaults(inner, found, scope)

    def _evaluate_output(self, steps: tuple[str, ...], scope: Scope) -> Any:
        index = steps[1] if len(steps) > 1 and steps[1].startswith("[") else ""
        rest = steps[1 + bool(index) :]
        child = join_address(scope.module, f"module.{steps[0]}{index}")
        text = self._texts.find(child)
        block = text.find_block("output", rest[0]) if text and rest else None
        value = block.arguments.get("value") if block else None
        return self._select(self._evaluate_found(value, Scope(child, {}, scope.depth)), rest[1:])

    def _name_resource(self, steps: tuple[str, ...], scope: Scope) -> Any:
        """Returns an attribute of a resource or data source, or its address; `Unknown` for the resource."""
        count = 3 if steps[0] == "data" else 2
        name = ".".join(steps[:count])
        rest = steps[count:]
        if rest and rest[0].startswith("["):
            name, rest = f"{name}{rest[0]}", rest[1:]
        address = join_address(scope.module, name)
        if len(rest) > 1:
            return Unknown(address)
        target = Target(address, steps[count - 2], rest[0] if rest else "")
        if not rest:
            return Reference(address, target.type)
        text = self._name_target(target)
        return text if self._is_known(target) else Unknown(text)

    def _select(self, value: Any, steps: tuple[str, ...]) -> Any:
        """Returns a part of a value."""
        for step in steps:
            key = step.strip('[]"')
            if isinstance(value, Reference):
                target = Target(value.address, value.type, key)
                text = self._name_target(target)
                value = text if self._is_known(target) else Unknown(text)
            elif isinstance(value, Unknown):
                return value
            elif isinstance(value, dict) and key in value:
                value = value[key]
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                return self._unknown
        return value


class Reference(NamedTuple):
    """A whole resource, of which an attribute is selected elsewhere."""

    address: str
    type: str


def _spell(value: Any) -> str:
    """Returns a value as a part of a string, in which booleans are as in JSON."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _flatten(values: list[Any]) -> Iterator[Any]:
    for each in values:
        if isinstance(each, list):
            yield from _flatten(each)
        else:
            yield each
