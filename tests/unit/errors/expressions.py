"""Evaluates literals, operators and attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from .frames import MAX_ENTRIES, MAX_LETTERS, MAX_OPTIONS, Base, Frame, Items, Known, Result, World
from .functions import format_number, is_number, is_object, is_sentence
from .names import name_value
from .sources import FunctionNode, Located, get_name
from .texts import Hole, Text, count_letters, join_nodes, make_choice


class Expressions(Base):
    """Literals, operators and attributes, by the type of the expression."""

    def _evaluate_constant(self, node: ast.Constant, frame: Frame, world: World) -> Iterator[Result]:
        yield ((str(node.value),) if node.value not in ("", None) else ()), world

    def _evaluate_known(self, node: Known, frame: Frame, world: World) -> Iterator[Result]:
        yield node.value, world

    def _evaluate_joinedstr(self, node: ast.JoinedStr, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.join_parts(node.values, frame, world)

    def join_parts(self, nodes: list[ast.expr], frame: Frame, world: World) -> Iterator[Result]:
        results: list[Result] = [((), world)]
        for node in nodes:
            results = [
                (join_nodes((*text, *more)), changed)
                for text, known in results
                for more, changed in islice(self.evaluate_part(node, frame, known), MAX_ENTRIES)
            ]
        yield from results

    def evaluate_part(self, node: ast.expr, frame: Frame, world: World) -> Iterator[tuple[Text, World]]:
        """Yields the texts of a part of a text: one with choices, or several if the part is a sentence."""
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        if isinstance(inner, ast.Name) and self.find_str(inner, frame):
            inner = ast.copy_location(ast.Call(ast.Name("str"), [inner], []), inner)
        results = list(islice(self.evaluate_text(inner, frame, world), MAX_ENTRIES))
        if getattr(node, "conversion", -1) != -1:
            results = [(_quote_text(text), known) for text, known in results]
        texts = list(dict.fromkeys(text for text, _ in results))
        is_known = all(count_letters(text) or not text for text in texts) and any(map(count_letters, texts))
        if is_sentence(inner) and any(map(count_letters, texts)):
            yield from (result for result in results if result[0])  # without a text there is no error
        elif is_known and len(texts) <= MAX_OPTIONS and sum(map(count_letters, texts)) <= MAX_LETTERS:
            yield make_choice(texts), (results[0][1] if len(results) == 1 else world)
        else:
            constant = (
                texts[0] if len(texts) == 1 and not any(isinstance(n, Hole) for n in texts[0]) else None
            )
            if constant is not None:
                constant = (format_number(constant[0], node),) if constant else ()
            yield constant if constant is not None else (Hole(name_value(inner)),), world

    def _evaluate_binop(self, node: ast.BinOp, frame: Frame, world: World) -> Iterator[Result]:
        sides = [node.left, node.right]
        if isinstance(node.op, ast.Add) and not any(is_number(side) for side in sides):
            yield from self.join_parts(sides, frame, world)
        else:
            yield (Hole(name_value(node)),), world

    def _evaluate_ifexp(self, node: ast.IfExp, frame: Frame, world: World) -> Iterator[Result]:
        key = ("if", id(frame), ast.unparse(node.test))
        for branch, value in (("yes", node.body), ("no", node.orelse)):
            if world.get(key, branch) == branch:
                yield from self.evaluate(value, frame, {**world, key: branch})

    def _evaluate_boolop(self, node: ast.BoolOp, frame: Frame, world: World) -> Iterator[Result]:
        if isinstance(node.op, ast.And):
            yield (), world
            yield from self.evaluate(node.values[-1], frame, world)
            return
        *others, last = node.values
        for each in others:
            yield from ((value, known) for value, known in self.evaluate(each, frame, world) if value != ())
        yield from self.evaluate(last, frame, world)

    def _evaluate_namedexpr(self, node: ast.NamedExpr, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate(node.value, frame, world)

    def _evaluate_await(self, node: ast.Await, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate(node.value, frame, world)

    def _evaluate_tuple(self, node: ast.Tuple, frame: Frame, world: World) -> Iterator[Result]:
        results: list[Result] = [((), world)]
        for each in node.elts:
            if isinstance(each, ast.Starred):
                results = [
                    ((*items, *(value.items if isinstance(value, Items) else ((each, frame),))), changed)
                    for items, known in results
                    for value, changed in self.evaluate(each.value, frame, known)
                ]
            else:
                results = [((*items, (each, frame)), known) for items, known in results]
        yield from ((Items(items), known) for items, known in results)

    _evaluate_list = _evaluate_tuple

    def _evaluate_dictcomp(self, node: ast.DictComp, frame: Frame, world: World) -> Iterator[Result]:
        yield from self.evaluate(node.value, frame, world)

    def _evaluate_subscript(self, node: ast.Subscript, frame: Frame, world: World) -> Iterator[Result]:
        for value, where in self.find_dicts(node.value, frame):
            items = list(zip(value.keys, value.values, strict=True))
            exact = [item for key, item in items if key and ast.dump(key) == ast.dump(node.slice)]
            for each in exact or [item for _, item in items]:
                yield from self.evaluate(each, where, world)
            return
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        for value, known in self.evaluate(node.value, frame, world):
            if isinstance(value, Items) and isinstance(index, int) and index < len(value.items):
                yield from self.evaluate(*value.items[index], known)
            else:
                yield (Hole(name_value(node)),), known

    def _evaluate_attribute(self, node: ast.Attribute, frame: Frame, world: World) -> Iterator[Result]:
        if isinstance(node.value, ast.Name):
            owner = self.code.find_definition(frame.module, node.value.id)
            if owner and isinstance(owner.node, ast.Module):
                found = self.code.find_definition(owner.module, node.attr)
                if found and isinstance(found.node, ast.expr):
                    yield from self.evaluate(found.node, Frame(found.module, None), world)
                    return
        if method := self._find_property(node, frame):
            yield from self.evaluate_body(*method, world)
            return
        for value, known in self.evaluate(node.value, frame, world) if is_object(node) else ():
            if isinstance(value, Items) and value.fields:
                if node.attr in value.fields:
                    index = value.fields.index(node.attr)
                    yield from self.evaluate(*value.items[index], known)
                continue
            yield (Hole(name_value(node)),), known
            return
        if not is_object(node):
            yield (Hole(name_value(node)),), world

    def _find_property(self, node: ast.Attribute, frame: Frame) -> tuple[Located, Frame] | None:
        """Returns the method of a property, if the class of its object is known."""
        value = node.value
        kind = self.code.find_type(frame.module, value) if isinstance(value, ast.Name) else ""
        for found in self.code.find_methods(kind, node.attr) if kind else ():
            assert isinstance(found.node, FunctionNode)
            if any(get_name(each) in ("property", "cached_property") for each in found.node.decorator_list):
                return found, Frame(found.module, found.node, {}, frame.depth + 1)
        return None


def _quote_text(text: Text) -> Text:
    """Returns a text in quotes, as `repr` adds them, unless it is a value."""
    is_value = not any(isinstance(node, str) for node in text)
    return text if is_value else join_nodes(("'", *text, "'"))
