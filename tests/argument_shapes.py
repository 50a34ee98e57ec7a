"""Compares what module calls pass with the types of the inputs: Terraform drops all other attributes.

https://developer.hashicorp.com/terraform/language/expressions/type-constraints#conversion-of-complex-types
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.plans.sources.expressions import (
    Block,
    Call,
    Expression,
    For,
    ListOf,
    Literal,
    ObjectOf,
    Template,
    Traversal,
)
from domovoi_tf.plans.sources.parser import parse_source

_META = {"source", "for_each", "providers", "depends_on"}
_ANY = "*"
#: What the parser does not know: descriptions of several lines, an index that is a name or a splat, a list
#: under a condition, and a value that stands for null. The latter is another value of the same attribute,
#: which is compared where it comes from.
_REPLACED = (
    (re.compile(r"<<-?(\w+)\n.*?^\s*\1$", re.DOTALL | re.MULTILINE), '""'),
    (re.compile(r"\b(\w+) != null \? \1 : [\w.]+(\[\w+\])+"), r"\1"),
    (re.compile(r"(?<=[\w\]])\[(\*|[a-z_]+)\]"), f'["{_ANY}"]'),
    (re.compile(r" in [\w.]+ \? (\[.*?\]) : \[\] :"), r" in \1 :"),
)


@dataclass(frozen=True)
class Shape:
    """The attributes of a value or of a type.

    Args:
        attributes: the attributes of an object, or the entries of a map whose keys are literals.
        element: the elements of a list, or the other entries of a map.
        is_known: whether there are no other attributes.
    """

    attributes: Mapping[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    is_known: bool = True

    @property
    def has_objects(self) -> bool:
        """Whether a value of this type has attributes anywhere."""
        return bool(self.attributes) or (self.element is not None and self.element.has_objects)

    def select(self, step: str) -> Shape:
        """Returns the shape of an attribute or of an element."""
        if step == _ANY:
            return self.join_elements()
        attributes = [self.attributes[step]] if step in self.attributes else []
        found = attributes + ([self.element] if self.element else [])
        return join_shapes(found) if found else UNKNOWN

    def join_elements(self) -> Shape:
        """Returns the shape with the attributes of all elements."""
        found = [*self.attributes.values(), *([self.element] if self.element else [])]
        return join_shapes(found) if found and self.is_known else join_shapes([*found, UNKNOWN])


PLAIN = Shape()
UNKNOWN = Shape(is_known=False)


def join_shapes(shapes: Iterable[Shape]) -> Shape:
    """Returns the shape of a value that has one of these shapes, or the attributes of all."""
    shapes = list(shapes)
    names = {name for each in shapes for name in each.attributes}
    elements = [each.element for each in shapes if each.element]
    return Shape(
        {
            name: join_shapes(each.attributes[name] for each in shapes if name in each.attributes)
            for name in names
        },
        join_shapes(elements) if elements else None,
        all(each.is_known for each in shapes),
    )


class Passed(NamedTuple):
    """An attribute that a call passes.

    Args:
        source: the source of the module.
        path: the path of the attribute, with ``[]`` for elements.
        is_declared: whether the module declares it; if not, Terraform drops it.
        is_known: whether its own attributes are known.
    """

    source: str
    path: str
    is_declared: bool = True
    is_known: bool = True


class Module:
    """A module of a rendered tree.

    Args:
        folder: its folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return tuple(block for path in sorted(self._folder.glob("*.tf")) for block in _parse(path))

    @cached_property
    def calls(self) -> dict[str, tuple[str, Mapping[str, Expression]]]:
        """The module calls by label: the source and the arguments."""
        return {
            block.labels[0]: (_read_text(block.arguments["source"]), block.arguments)
            for block in self._blocks
            if block.type == "module"
        }

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """The types of the inputs."""
        return {
            block.labels[0]: _read_type(block.arguments["type"])
            for block in self._blocks
            if block.type == "variable"
        }

    @cached_property
    def _modules(self) -> dict[str, Module]:
        return {label: Module((self._folder / source).resolve()) for label, (source, _) in self.calls.items()}

    @cached_property
    def _locals(self) -> dict[str, Expression]:
        blocks = [block.arguments for block in self._blocks if block.type == "locals"]
        return {name: value for arguments in blocks for name, value in arguments.items()}

    def list_passed(self) -> Iterator[Passed]:
        """Yields what the module's calls pass, and those of the modules that it calls."""
        for label, (source, arguments) in self.calls.items():
            module = self._modules[label]
            for name, argument in arguments.items():
                if name not in _META:
                    given = Shape({name: self._evaluate(argument, {})})
                    yield from _compare(given, Shape(module.inputs), source, "")
            yield from module.list_passed()

    def _evaluate(self, expression: Expression, names: Mapping[str, Shape]) -> Shape:
        match expression:
            case Literal() | Template():
                return PLAIN
            case ObjectOf(items):
                return join_shapes(
                    Shape({_read_text(key): shape}) if _is_text(key) else Shape(element=shape)
                    for key, shape in ((key, self._evaluate(value, names)) for key, value in items)
                )
            case ListOf(items):
                return Shape(element=join_shapes(self._evaluate(item, names) for item in items))
            case For():
                return self._evaluate_for(expression, names)
            case Call(name, arguments):
                return _call(name, [self._evaluate(each, names) for each in arguments])
            case Traversal(steps):
                return self._follow(steps, names)
            case _:
                return UNKNOWN

    def _evaluate_for(self, expression: For, names: Mapping[str, Shape]) -> Shape:
        collection = self._evaluate(expression.collection, names)

        def evaluate(element: Shape) -> Shape:
            bound = dict.fromkeys(expression.names, PLAIN) | {expression.names[-1]: element}
            return self._evaluate(expression.value, {**names, **bound})

        if len(expression.names) == 2 and expression.key == Traversal(expression.names[:1]):
            return Shape(
                {name: evaluate(element) for name, element in collection.attributes.items()},
                evaluate(collection.element) if collection.element else None,
                collection.is_known,
            )
        return Shape(element=evaluate(collection.join_elements()))

    def _follow(self, steps: tuple[str, ...], names: Mapping[str, Shape]) -> Shape:
        first, *rest = (step.strip('[]"') for step in steps)
        if first in names:
            shape = names[first]
        elif first == "var":
            shape = self.inputs[rest.pop(0)]
        elif first == "local":
            shape = self._evaluate(self._locals[rest.pop(0)], {})
        elif first == "module":
            shape = self._modules[rest.pop(0)].evaluate_output(rest.pop(0))
        else:
            return UNKNOWN
        for step in rest:
            shape = shape.select(step)
        return shape

    def evaluate_output(self, name: str) -> Shape:
        """Returns the shape of an output."""
        blocks = [each for each in self._blocks if (each.type, each.labels) == ("output", (name,))]
        return self._evaluate(blocks[0].arguments["value"], {})


def _parse(path: Path) -> tuple[Block, ...]:
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return parse_source(text)


def _call(name: str, arguments: list[Shape]) -> Shape:
    match name:
        case "coalesce" | "concat" | "merge" | "try":
            return join_shapes(arguments)
        case "one":
            return arguments[0].join_elements()
        case "flatten":
            return Shape(element=_flatten(arguments[0]))
        case "jsonencode" | "file":
            return PLAIN
        case _:
            return UNKNOWN


def _flatten(shape: Shape) -> Shape:
    """Returns the shape of the elements of a list, and of the lists in it."""
    element = shape.join_elements()
    return element if element.attributes or element.element is None else _flatten(element)


def _is_text(key: Expression) -> bool:
    return isinstance(key, Template) and all(isinstance(part, str) for part in key.parts)


def _read_text(key: Expression) -> str:
    assert isinstance(key, Template)
    return "".join(str(part) for part in key.parts)


def _read_type(expression: Expression) -> Shape:
    match expression:
        case Call("object", (ObjectOf(items),)):
            return Shape({_read_text(key): _read_type(value) for key, value in items})
        case Call("optional", (of, *_)):
            return _read_type(of)
        case Call("list" | "map" | "set", (of,)):
            return Shape(element=_read_type(of))
        case Traversal(("string" | "number" | "bool",)):
            return PLAIN
        case _:
            raise AssertionError(f"a type that is not compared: {expression}")


def _compare(value: Shape, declared: Shape, source: str, path: str) -> Iterator[Passed]:
    if path:
        yield Passed(source, path, is_known=value.is_known or not declared.has_objects)
    for name, attribute in value.attributes.items():
        inner = f"{path}.{name}".removeprefix(".")
        if declared.attributes and name not in declared.attributes:
            yield Passed(source, inner, is_declared=False)
        else:
            yield from _compare(attribute, declared.select(name), source, inner)
    if value.element:
        yield from _compare(value.element, declared.select(""), source, f"{path}[]")
