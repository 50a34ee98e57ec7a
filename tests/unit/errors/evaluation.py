"""Evaluates expressions to the texts that they can become, without running the code.

An evaluation yields each possible value together with a world: which branches and which items led to it. So
the remedy that belongs to a message is found by going on in the message's world.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .calls import Calls
from .expressions import Expressions
from .frames import Frame, Items, Passed, Result, World
from .iterables import Iterables
from .names import name_value
from .texts import Hole, Text
from .variables import Variables


class Evaluator(Expressions, Variables, Calls, Iterables):
    """Evaluates expressions of the code."""

    def evaluate(self, node: ast.AST, frame: Frame, world: World) -> Iterator[Result]:
        method = getattr(self, f"_evaluate_{type(node).__name__.lower()}", None)
        is_known = False
        for result in method(node, frame, world) if method else ():
            is_known = True
            yield result
        if not is_known:
            yield (Hole(name_value(node)),), world

    def evaluate_text(self, node: ast.AST, frame: Frame, world: World) -> Iterator[tuple[Text, World]]:
        for value, known in self.evaluate(node, frame, world):
            is_text = isinstance(value, tuple) and not isinstance(value, (Items, Passed))
            yield (value if is_text else (Hole(name_value(node)),)), known
