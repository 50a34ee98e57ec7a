"""Evaluates calls of functions and classes of the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .frames import MAX_DEPTH, ORIGIN, SAME, Frame, Items, Passed, Result, World
from .functions import bind_arguments, is_recursive, list_returns
from .names import name_value
from .sources import FunctionNode, Located, get_name
from .text_methods import TextMethods
from .texts import Command, Hole, Text

#: The functions that spell commands, and the programs of these.
PROGRAMS = {"spell": "domovoi-tf", "spell_aws": "aws"}


class Calls(TextMethods):
    """Calls of functions, methods and classes."""

    def _evaluate_call(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        name = get_name(node.func)
        method = getattr(self, f"_call_{name}", None)
        if name in self.kinds:
            yield Passed(name), world
        elif name in PROGRAMS and (words := self._find_command(node, frame, world)):
            yield (Command(words, PROGRAMS[name]),), world
        elif name == "str" and node.args and (located := self.find_str(node.args[0], frame)):
            yield from self.evaluate_body(*located, world)
        elif method is not None and (node.args or name == "format"):
            yield from method(node, frame, world)
        elif name in SAME and (isinstance(node.func, ast.Attribute) or node.args):
            inner = node.func.value if isinstance(node.func, ast.Attribute) else node.args[0]
            yield from self.evaluate(inner, frame, world)
        else:
            yield from self._evaluate_function(node, frame, world)

    def find_str(self, node: ast.expr, frame: Frame) -> tuple[Located, Frame] | None:
        """Returns the method that makes a text of an object, if its class is known."""
        if not isinstance(node, ast.Name) or not (kind := self.code.find_type(frame.module, node)):
            return None
        found = [each for each in self.code.find_methods(kind, "__str__") if kind not in self.kinds]
        if not found or not isinstance(found[0].node, FunctionNode):
            return None
        return found[0], Frame(found[0].module, found[0].node, {}, frame.depth + 1)

    def _find_command(self, node: ast.Call, frame: Frame, world: World) -> Text:
        called = self.code.find_called(frame.module, node.func)
        if not any(each.module.name.endswith("suggestions") for each in called) or not node.args:
            return ()
        return next(self.evaluate_part(node.args[0], frame, world))[0]

    def _evaluate_function(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        is_found = False
        for located, called in self.enter_call(node, frame):
            if isinstance(located.node, ast.ClassDef):
                is_found = True
                yield from self._construct(located.node, node, frame, world)
                continue
            for result in self.evaluate_body(located, called, world):
                is_found = True
                yield result
        if not is_found:
            yield (Hole(name_value(node)),), world

    def evaluate_body(self, located: Located, frame: Frame, world: World) -> Iterator[Result]:
        """Yields what a function returns, except for None."""
        for each in list_returns(located.node):
            branches = located.module.find_branches(each)
            known = {**world, **{("if", id(frame), test): branch for test, branch in branches}}
            is_none = isinstance(each.value, ast.Constant) and each.value.value is None
            if is_none or any(world.get(key, value) != value for key, value in known.items()):
                continue
            if isinstance(each.value, ast.Tuple):
                known[ORIGIN] = (located.module.path, each.lineno)
            assert each.value
            yield from self.evaluate(each.value, frame, known)

    def _construct(self, owner: ast.ClassDef, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        """Yields the fields of a new object."""
        fields = [
            each.target.id
            for each in owner.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]
        last = node.args[-1] if node.args else None
        plain = node.args[:-1] if isinstance(last, ast.Starred) else node.args
        named = [keyword for keyword in node.keywords if keyword.arg]
        given = dict(zip(fields, [(each, frame) for each in plain], strict=False))
        given |= {keyword.arg: (keyword.value, frame) for keyword in named if keyword.arg}
        if not isinstance(last, ast.Starred):
            yield Items(tuple(given.values()), tuple(given)), world
            return
        for value, known in self.evaluate(last.value, frame, world):
            if isinstance(value, Items):
                more = dict(zip(fields[len(plain) :], value.items, strict=False))
                yield Items((*given.values(), *more.values()), (*given, *more)), known

    def enter_call(self, node: ast.Call, frame: Frame) -> Iterator[tuple[Located, Frame]]:
        """Yields the functions that a call can mean, each with the frame of the call."""
        if frame.depth >= MAX_DEPTH:
            return
        for located in self.code.find_called(frame.module, node.func):
            if isinstance(located.node, ast.ClassDef):
                yield located, frame
            if not isinstance(located.node, FunctionNode) or is_recursive(located.node, frame):
                continue
            key = (id(node), id(located.node))
            if key not in frame.calls:
                outer_function = located.module.find_function(located.node)
                outer = Frame(located.module, outer_function) if outer_function else None
                if outer_function is not None and outer_function is frame.function:
                    outer = frame
                arguments = bind_arguments(located.node, node, frame)
                frame.calls[key] = Frame(located.module, located.node, arguments, frame.depth + 1, outer)
            yield located, frame.calls[key]
