"""Evaluates the items of iterables."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .frames import ORIGIN, SAME_ITEMS, Base, Frame, Items, Known, Result, World
from .functions import is_sentence, list_parameters, list_yields
from .sources import Located, get_name, walk


class Iterables(Base):
    """The items of iterables, by the type of the expression."""

    def evaluate_items(self, node: ast.AST, frame: Frame, world: World) -> Iterator[Result]:
        method = getattr(self, f"_list_{type(node).__name__.lower()}", None)
        if method is not None:
            yield from method(node, frame, world)

    def _list_tuple(self, node: ast.Tuple, frame: Frame, world: World) -> Iterator[Result]:
        for each in node.elts:
            if isinstance(each, ast.Starred):
                yield from self.evaluate_items(each.value, frame, world)
            else:
                yield from self.evaluate(each, frame, world)

    _list_list = _list_set = _list_tuple

    def _list_generatorexp(self, node: ast.GeneratorExp, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate(node.elt, frame, world)

    _list_listcomp = _list_setcomp = _list_generatorexp

    def _list_ifexp(self, node: ast.IfExp, frame: Frame, world: World) -> Iterator[Result]:
        for each in (node.body, node.orelse):
            yield from self.evaluate_items(each, frame, world)

    def _list_boolop(self, node: ast.BoolOp, frame: Frame, world: World) -> Iterator[Result]:
        for each in node.values:
            yield from self.evaluate_items(each, frame, world)

    def _list_binop(self, node: ast.BinOp, frame: Frame, world: World) -> Iterator[Result]:
        for each in (node.left, node.right):
            yield from self.evaluate_items(each, frame, world)

    def _list_dict(self, node: ast.Dict, frame: Frame, world: World) -> Iterator[Result]:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield Items(((key, frame), (value, frame))), world
            else:
                yield from self.evaluate_items(value, frame, world)

    def _list_namedexpr(self, node: ast.NamedExpr, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate_items(node.value, frame, world)

    def _list_name(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        active = ("items", id(frame), node.id)
        if active in world:  # the list is made from itself
            return
        world = {**world, active: True}
        if frame.module.bindings.get((frame.function, node.id)):
            yield from self._list_assigned(node, frame, world)
            yield from self._list_added(node, frame, world)
        elif frame.function and node.id in list_parameters(frame.function):
            yield from self._list_parameter(node, frame, world)
        elif frame.outer:
            yield from self.evaluate_items(node, frame.outer, world)
        elif (found := self.code.find_definition(frame.module, node.id)) and isinstance(found.node, ast.expr):
            yield from self.evaluate_items(found.node, Frame(found.module, None), world)

    def _list_assigned(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        for binding in frame.module.bindings[frame.function, node.id]:
            if binding.kind in ("assign", "add") and binding.value and not binding.path:
                yield from self.evaluate_items(binding.value, frame, world)

    def _list_added(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        """Yields the items that methods add to a list."""
        for call in walk(frame.function) if frame.function else ():
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
                continue
            if get_name(call.func.value) == node.id and call.func.attr in ("append", "add", "setdefault"):
                yield from self.evaluate(call.args[0], frame, world)
            elif get_name(call.func.value) == node.id and call.func.attr in ("extend", "update"):
                yield from self.evaluate_items(call.args[0], frame, world)

    def _list_parameter(self, node: ast.Name, frame: Frame, world: World) -> Iterator[Result]:
        known = frame.arguments
        for arguments in [each for each, _ in self.find_callers(frame)] if known is None else [known]:
            if node.id in arguments:
                yield from self.evaluate_items(*arguments[node.id], world)

    def _list_attribute(self, node: ast.Attribute, frame: Frame, world: World) -> Iterator[Result]:
        """Yields the items of a field, if the object is made in a function."""
        for value, known in self.evaluate(node.value, frame, world) if is_sentence(node) else ():
            if isinstance(value, Items) and node.attr in value.fields:
                yield from self.evaluate_items(*value.items[value.fields.index(node.attr)], known)

    def _list_call(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        name = get_name(node.func)
        if name in SAME_ITEMS and node.args:
            yield from self.evaluate_items(node.args[0], frame, world)
        elif name in ("items", "values", "keys") and isinstance(node.func, ast.Attribute):
            yield from self.evaluate_items(node.func.value, frame, world)
        elif name == "map" and len(node.args) == 2:
            yield from self._list_mapped(node, frame, world)
        else:
            for located, called in self.enter_call(node, frame):
                if not isinstance(located.node, ast.ClassDef):
                    yield from self._list_yielded(located, called, world)

    def _list_mapped(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        for value, known in self.evaluate_items(node.args[1], frame, world):
            call = ast.copy_location(ast.Call(node.args[0], [Known(value)], []), node)
            frame.module.parents[call] = node
            self.kept.append(call)
            yield from self.evaluate(call, frame, known)

    def _list_yielded(self, located: Located, frame: Frame, world: World) -> Iterator[Result]:
        for each in list_yields(located.node):
            branches = located.module.find_branches(each)
            known = {**world, **{("if", id(frame), test): branch for test, branch in branches}}
            if each.value is None or any(world.get(key, value) != value for key, value in known.items()):
                continue
            if isinstance(each, ast.Yield):
                known[ORIGIN] = (located.module.path, each.lineno)
                yield from self.evaluate(each.value, frame, known)
            else:
                yield from self.evaluate_items(each.value, frame, known)
