"""Looks at functions and calls: parameters, arguments, results."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from .frames import SAME, SENTENCES, Arguments, Frame
from .sources import FunctionNode, Module, get_name, walk
from .texts import Node

#: The name of arguments that are unpacked from a value.
UNKNOWN = "*"


def is_sentence(node: ast.AST) -> bool:
    """Whether an expression has the name of a sentence, such as ``message`` or ``error.remedy``."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call) and get_name(node.func) in SAME:
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.args[0]
    if isinstance(node, ast.Call):
        return get_name(node.func).lstrip("_").removeprefix("describe_") in SENTENCES
    name = get_name(node) if isinstance(node, ast.expr) else ""
    return name.strip("_").rstrip("s") in SENTENCES


def is_object(node: ast.Attribute) -> bool:
    """Whether an attribute can be the field of a tuple with names."""
    return isinstance(node.value, (ast.Name, ast.Call))


def bind_arguments(function: FunctionNode, call: ast.Call, frame: Frame) -> Arguments:
    """Returns the arguments of a call by the names of their parameters."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    bound = {}
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        bound[name] = (value, frame)
    bound |= {keyword.arg: (keyword.value, frame) for keyword in call.keywords if keyword.arg}
    if any(isinstance(each, ast.Starred) for each in call.args) or any(not k.arg for k in call.keywords):
        bound[UNKNOWN] = (call, frame)
    return bound


def list_parameters(function: FunctionNode) -> set[str]:
    arguments = function.args
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def find_default(function: FunctionNode, name: str) -> ast.expr | None:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        zip(reversed([each.arg for each in positional]), reversed(arguments.defaults), strict=False)
    )
    defaults |= {
        each.arg: value
        for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value is not None
    }
    return defaults.get(name)


@cache
def _walk_body(function: ast.AST) -> tuple[ast.AST, ...]:
    """Returns the nodes of a function without those of functions in it."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop(0)
        if not isinstance(node, (FunctionNode, ast.Lambda, ast.ClassDef)):
            found.append(node)
            waiting = [*ast.iter_child_nodes(node), *waiting]
    return tuple(found)


def list_returns(function: ast.AST) -> Iterator[ast.Return]:
    return (each for each in _walk_body(function) if isinstance(each, ast.Return) and each.value is not None)


def list_yields(function: ast.AST) -> Iterator[ast.Yield | ast.YieldFrom | ast.Return]:
    found = [each for each in _walk_body(function) if isinstance(each, (ast.Yield, ast.YieldFrom))]
    yield from found or list_returns(function)


def is_recursive(function: FunctionNode, frame: Frame) -> bool:
    where: Frame | None = frame
    while where is not None:
        if where.function is function:
            return True
        values = where.arguments.values() if where.arguments else ()
        where = next((each for _, each in values), None)
    return False


def is_around(binding: ast.AST, node: ast.AST, module: Module) -> bool:
    """Whether a comprehension's variable is used in the same comprehension."""
    parent = module.parents.get(binding)
    if not isinstance(parent, ast.comprehension):
        return False
    owner = module.parents[parent]
    return node in walk(owner)


def contains(outer: ast.AST, inner: ast.AST) -> bool:
    return inner in walk(outer)


def is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def format_number(text: Node, node: ast.expr) -> str:
    """Returns a constant in the format of a part of an f-string, such as with commas."""
    assert isinstance(text, str)
    specification = getattr(node, "format_spec", None)
    if specification is None or not re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    number = int(text) if text.isdigit() else float(text)
    return format(number, "".join(each.value for each in specification.values))
