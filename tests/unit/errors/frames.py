"""Frames, worlds and values: what an evaluation knows, and what it yields."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .sources import Code, FunctionNode, Located, Module
from .texts import Text

#: What an evaluation knows: the branches that it is in, and the values that it has chosen.
World = Mapping[tuple[Any, ...], Any]
#: The names of variables and parameters that contain sentences, so that each value is an entry of its own.
SENTENCES = {
    *("message", "remedy", "problem", "explanation", "finding", "found", "failure", "reason", "part"),
    *("mistake", "expectation"),
}
#: Functions and methods that change a text only a little.
SAME = {
    *("str", "escape_controls", "replace_unprintable", "escape_line", "_make_readable", "redact"),
    *("rstrip", "strip", "lstrip", "removesuffix", "removeprefix", "replace", "capitalize"),
}
#: Functions that return the items of their first argument.
SAME_ITEMS = {"sorted", "list", "tuple", "set", "iter", "islice", "fromkeys", "sort_problems", "reversed"}
MAX_DEPTH, MAX_OPTIONS, MAX_ENTRIES, MAX_LETTERS = 9, 5, 80, 240


class Frame:
    """A function in whose body an expression stands.

    Args:
        module: the module.
        function: the function; None for the body of the module.
        arguments: the arguments of the call; None if any call of the function is meant.
        depth: the number of calls that led here.
        outer: the frame of the function around this one.
    """

    def __init__(
        self,
        module: Module,
        function: FunctionNode | None,
        arguments: Arguments | None = None,
        depth: int = 0,
        outer: Frame | None = None,
    ) -> None:
        self.module, self.function, self.arguments = module, function, arguments
        self.depth, self.outer = depth, outer
        self.callers: list[tuple[Arguments, Frame]] | None = None
        self.calls: dict[Any, Frame] = {}


class Items(NamedTuple):
    """The items of a tuple, each an expression in its frame."""

    items: tuple[tuple[ast.expr, Frame], ...]
    #: The names of the items, if the tuple has some.
    fields: tuple[str, ...] = ()


class Known(ast.expr):
    """An expression whose value is known."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Passed(NamedTuple):
    """An error, problem or explanation, whose texts are those of another place."""

    name: str


Value = Text | Items | Passed
Result = tuple[Any, World]
Evaluate = Callable[[ast.AST, "Frame", World], Iterator[Result]]
#: The key in a world of the place of the tuple that a message comes from.
ORIGIN = ("origin",)
#: The arguments of a call: expressions, each in its frame.
Arguments = dict[str, tuple[ast.expr, "Frame"]]


class Base:
    """The state that the parts of an evaluator share.

    Args:
        code: all modules.
        kinds: the names of the classes whose objects have a message and a remedy.
    """

    def __init__(self, code: Code, kinds: frozenset[str]) -> None:
        self.code, self.kinds = code, kinds
        #: Calls that are not in the code, which keep their identity.
        self.kept: list[ast.Call] = []

    def make_frame(self, module: Module, node: ast.AST) -> tuple[Frame, World]:
        """Returns the frame and the world of a node."""
        function = module.find_function(node)
        outer = self.make_frame(module, function)[0] if function else None
        frame = Frame(module, function, None, 0, outer)
        return frame, {("if", id(frame), test): branch for test, branch in module.find_branches(node)}

    def evaluate(self, node: ast.AST, frame: Frame, world: World) -> Iterator[Result]:
        """Yields the values of an expression, each in its world."""
        raise NotImplementedError

    def evaluate_text(self, node: ast.AST, frame: Frame, world: World) -> Iterator[tuple[Text, World]]:
        """Yields the values of an expression as texts."""
        raise NotImplementedError

    def evaluate_part(self, node: ast.expr, frame: Frame, world: World) -> Iterator[tuple[Text, World]]:
        """Yields the texts of a part of a text: one with choices, or several if the part is a sentence."""
        raise NotImplementedError

    def evaluate_items(self, node: ast.AST, frame: Frame, world: World) -> Iterator[Result]:
        """Yields the items of an iterable."""
        raise NotImplementedError

    def evaluate_body(self, located: Located, frame: Frame, world: World) -> Iterator[Result]:
        """Yields what a function returns, except for None."""
        raise NotImplementedError

    def join_parts(self, nodes: list[ast.expr], frame: Frame, world: World) -> Iterator[Result]:
        """Yields the texts that several parts make."""
        raise NotImplementedError

    def enter_call(self, node: ast.Call, frame: Frame) -> Iterator[tuple[Located, Frame]]:
        """Yields the functions that a call can mean, each with the frame of the call."""
        raise NotImplementedError

    def find_callers(self, frame: Frame) -> list[tuple[Arguments, Frame]]:
        """Returns the arguments of all calls of a function, each with the frame of the call."""
        raise NotImplementedError

    def find_dicts(self, node: ast.expr, frame: Frame) -> Iterator[tuple[ast.Dict, Frame]]:
        """Yields the dictionaries that an expression can be, if they are written in the code."""
        raise NotImplementedError

    def find_str(self, node: ast.expr, frame: Frame) -> tuple[Located, Frame] | None:
        """Returns the method that makes a text of an object, if its class is known."""
        raise NotImplementedError
