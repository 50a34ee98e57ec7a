"""Evaluates methods of strings and look-ups in tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .frames import Base, Frame, Items, Result, World
from .names import name_value
from .sources import get_name
from .texts import Hole, Node, join_nodes


class TextMethods(Base):
    """Methods of strings and look-ups, by name."""

    def _call_next(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate_items(node.args[0], frame, world)
        for default in node.args[1:]:
            yield from self.evaluate(default, frame, world)

    def _call_replace(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        """Yields texts in which another one stands in place of a part."""
        if not isinstance(node.func, ast.Attribute):
            yield (Hole(name_value(node)),), world
            return
        old = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        for text, known in self.evaluate_text(node.func.value, frame, world):
            nodes: list[Node] = []
            for each in text:
                if not isinstance(each, str) or not isinstance(old, str) or old not in each:
                    nodes.append(each)
                    continue
                new = next(self.evaluate_part(node.args[1], frame, known))[0]
                for number, part in enumerate(each.split(old)):
                    nodes += [*(new if number else ()), part]
            yield join_nodes(nodes), known

    def _call_removesuffix(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        assert isinstance(node.func, ast.Attribute)
        end = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
        for text, known in self.evaluate_text(node.func.value, frame, world):
            last = text[-1] if text else ""
            yield (
                join_nodes([*text[:-1], last.removesuffix(str(end)) if isinstance(last, str) else last]),
                known,
            )

    _call_rstrip = _call_removesuffix

    def _call_format(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        if not isinstance(node.func, ast.Attribute):
            yield (Hole(name_value(node)),), world
            return
        for text, known in self.evaluate_text(node.func.value, frame, world):
            nodes: list[Node] = []
            for each in text:
                nodes += self._fill_fields(each, node, frame, known) if isinstance(each, str) else [each]
            yield join_nodes(nodes), known

    def _fill_fields(self, text: str, node: ast.Call, frame: Frame, world: World) -> Iterator[Node]:
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        number = 0
        for position, part in enumerate(re.split(r"(?<!\{)\{([^{}]*)\}", text)):
            if position % 2 == 0:
                yield part.replace("{{", "{").replace("}}", "}")
                continue
            field = re.split(r"[!:.\[]", part)[0]
            index = int(field) if field.isdigit() else number
            value = named.get(field) or (node.args[index] if index < len(node.args) else None)
            number += not field
            if value is None or isinstance(value, ast.Starred):
                yield Hole("value" if field.isdigit() else field or "value")
            else:
                yield from next(self.evaluate_part(value, frame, world))[0]

    def _call_join(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        if not isinstance(node.func, ast.Attribute):
            yield (Hole(name_value(node)),), world
            return
        separator = node.func.value.value if isinstance(node.func.value, ast.Constant) else None
        for value, known in self.evaluate(node.args[0], frame, world):
            if not isinstance(value, Items) or separator is None or not value.items:
                yield (Hole(name_value(node)),), known
                continue
            parts: list[ast.expr] = []
            for each, _ in value.items:
                parts += [ast.Constant(str(separator)), each] if parts else [each]
            yield from self.join_parts(parts, value.items[0][1], known)

    def _call_get(self, node: ast.Call, frame: Frame, world: World) -> Iterator[Result]:
        is_found = False
        for value, where in self.find_dicts(getattr(node.func, "value", node.func), frame):
            is_found = True
            for key, each in zip(value.keys, value.values, strict=True):
                if key or isinstance(
                    each, ast.Call
                ):  # another dictionary that is written in the code is found itself
                    yield from self.evaluate(each, where, world)
        if is_found and len(node.args) > 1:
            yield from self.evaluate(node.args[1], frame, world)
        elif not is_found:
            yield (Hole(name_value(node)),), world

    def find_dicts(self, node: ast.expr, frame: Frame) -> Iterator[tuple[ast.Dict, Frame]]:
        """Yields the dictionary that an expression is, if it is written in the code."""
        if isinstance(node, ast.Dict):
            yield node, frame
        elif get_name(node) == "remedies":
            yield from self._list_remedies()
        elif isinstance(node, (ast.Name, ast.Attribute)):
            module = frame.module
            if isinstance(node, ast.Attribute):
                base = self.code.find_definition(module, get_name(node.value))
                if not base or not isinstance(base.node, ast.Module):
                    return
                module = base.module
            found = self.code.find_definition(module, get_name(node))
            if found and isinstance(found.node, ast.Dict):
                yield found.node, Frame(found.module, None)

    def _list_remedies(self) -> Iterator[tuple[ast.Dict, Frame]]:
        """Yields the tables of remedies by argument, which modules of event sources have."""
        for module in self.code.modules.values():
            for name, value in module.constants.items():
                if name.endswith("REMEDIES") and isinstance(value, ast.Dict):
                    yield value, Frame(module, None)
