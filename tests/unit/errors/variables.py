"""Evaluates variables: by the places that give them values, or by the arguments of calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .frames import MAX_OPTIONS, ORIGIN, Arguments, Base, Evaluate, Frame, Items, Passed, Result, World
from .functions import (
    UNKNOWN,
    bind_arguments,
    contains,
    find_default,
    is_around,
    is_number,
    is_sentence,
    list_parameters,
)
from .names import name_value
from .sources import Binding, walk
from .texts import Hole, join_nodes, make_choice


class Variables(Base):
    """Variables and parameters."""

    def _evaluate_name(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        if node.id == "__version__":
            yield (Hole("version"),), world
            return
        where: Frame | None = frame
        while where is not None:
            bindings = where.module.bindings.get((where.function, node.id), []) if where.function else []
            if bindings:
                yield from self._evaluate_bindings(node, bindings, where, world)
                return
            if where.function and node.id in list_parameters(where.function):
                yield from self._evaluate_parameter(node, where, world)
                return
            where = where.outer
        found = self.code.find_definition(frame.module, node.id)
        if found and isinstance(found.node, ast.expr):
            yield from self.evaluate(found.node, Frame(found.module, None), world)
        elif found and isinstance(found.node, ast.ClassDef):
            yield Passed(node.id), world
        else:
            yield (Hole(name_value(node)),), world

    def _evaluate_bindings(
        self, node: ast.Name, bindings: list[Binding], frame: Frame, world: World
    ) -> Iterator[Result]:
        is_sum = any(binding.kind == "add" for binding in bindings)
        if is_sum and any(binding.value and is_number(binding.value) for binding in bindings):
            yield (Hole(name_value(node)),), world
            return
        for binding, known in self._select_bindings(node, bindings, frame, world):
            if binding.value is None or node in walk(binding.value):
                yield (Hole(name_value(node)),), known
            elif binding.kind == "add":
                yield from self._evaluate_addition(node, bindings, binding, frame, known)
            elif binding.kind == "each":
                yield from self._evaluate_once(node, binding, frame, known, self.evaluate_items)
            else:
                yield from self._evaluate_once(node, binding, frame, known, self.evaluate)

    def _evaluate_once(
        self, node: ast.Name, binding: Binding, frame: Frame, world: World, evaluate: Evaluate
    ) -> Iterator[Result]:
        """Yields the values that a binding gives a variable; always the same one in one world."""
        assert binding.value
        key = ("value", id(frame), id(binding.value))
        if key in world:
            yield from self._unpack(node, world[key], binding.path, world)
            return
        for value, known in evaluate(binding.value, frame, world):
            stored = {**known, key: value} if binding.path or isinstance(value, Items) else known
            yield from self._unpack(node, value, binding.path, stored)

    def _evaluate_addition(
        self, node: ast.Name, bindings: list[Binding], binding: Binding, frame: Frame, world: World
    ) -> Iterator[Result]:
        assert binding.value
        if not isinstance(getattr(binding.node, "op", None), ast.Add):
            yield (Hole(name_value(node)),), world
            return
        earlier = [each for each in bindings if each.kind != "add"]
        added = [text for text, _ in islice(self.evaluate_text(binding.value, frame, world), MAX_OPTIONS)]
        for value, known in self._evaluate_bindings(node, earlier, frame, world):
            if isinstance(value, tuple) and not isinstance(value, (Items, Passed)):
                yield join_nodes((*value, *make_choice([*added, ()]))), known

    def _select_bindings(
        self, node: ast.Name, bindings: list[Binding], frame: Frame, world: World
    ) -> Iterator[tuple[Binding, World]]:
        """Yields the bindings that can reach a use, each in a world with its branches."""
        own = dict(frame.module.find_branches(node))
        inside = [each for each in bindings if is_around(each.node, node, frame.module)]
        line = node.lineno
        before = [each for each in bindings if getattr(each.node, "lineno", 0) <= line]
        candidates = inside[-1:] or before or bindings
        last = 0
        for number, binding in enumerate(candidates):
            branches = frame.module.find_branches(binding.node)
            is_loop = isinstance(binding.node, (ast.For, ast.AsyncFor)) and contains(binding.node, node)
            if is_loop:
                last = number
            if binding.kind == "assign" and all(own.get(test) == branch for test, branch in branches):
                last = number
        if any(binding.kind == "add" for binding in candidates[last:]):
            candidates = [candidates[-1]] if candidates[-1].kind == "add" else candidates[last:]
        else:
            candidates = candidates[last:]
        for binding in candidates:
            branches = frame.module.find_branches(binding.node)
            keys = {("if", id(frame), test): branch for test, branch in branches}
            if all(world.get(key, branch) == branch for key, branch in keys.items()) and all(
                own.get(test, branch) == branch for test, branch in branches
            ):
                yield binding, {**world, **keys}

    def _unpack(self, node: ast.Name, value: Any, path: tuple[int, ...], world: World) -> Iterator[Result]:
        if not path:
            yield value, world
            return
        if isinstance(value, Items) and path[0] < len(value.items):
            for inner, known in self.evaluate(*value.items[path[0]], world):
                yield from self._unpack(node, inner, path[1:], known)
        else:
            yield (Hole(name_value(node)),), world

    def _evaluate_parameter(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        assert frame.function
        if frame.arguments is not None:
            if node.id in frame.arguments:
                yield from self.evaluate(*frame.arguments[node.id], world)
                return
            default = find_default(frame.function, node.id)
            if default is not None and UNKNOWN not in frame.arguments:
                yield from self.evaluate(default, frame, world)
            else:
                yield (Hole(name_value(node)),), world
            return
        if not is_sentence(node):
            given = [arguments.get(node.id) for arguments, _ in self.find_callers(frame)]
            constants = [each[0].value for each in given if each and isinstance(each[0], ast.Constant)]
            texts = [text for text in constants if isinstance(text, str)]
            is_known = len(texts) == len(given) > 0
            yield make_choice((text,) for text in texts) if is_known else (Hole(name_value(node)),), world
            return
        key = ("caller", id(frame))
        callers = self.find_callers(frame)
        for number, (arguments, caller) in enumerate(callers):
            if world.get(key, number) == number and node.id in arguments:
                value, where = arguments[node.id]
                _, branches = self.make_frame(caller.module, value)
                inner = {("if", id(caller), test): each for (_, _, test), each in branches.items()}
                origin = (caller.module.path, value.lineno)
                yield from self.evaluate(value, where, {**inner, **world, key: number, ORIGIN: origin})
        if not callers:
            yield (Hole(name_value(node)),), world

    def find_callers(self, frame: Frame) -> list[tuple[Arguments, Frame]]:
        if frame.callers is None:
            frame.callers = []
            function = frame.function
            assert function
            owner = frame.module.find_class(function) if function.name == "__init__" else None
            name = owner.name if owner else function.name
            for module, call in self.code.calls[name] if frame.depth < 4 else ():
                assert isinstance(call, ast.Call)
                called = [each.node for each in self.code.find_called(module, call.func)]
                if function in called or owner in called:
                    caller = self.make_frame(module, call)[0]
                    caller.depth = frame.depth + 1
                    frame.callers.append((bind_arguments(function, call, caller), caller))
        return frame.callers
