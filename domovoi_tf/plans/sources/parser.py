"""Parses Terraform's language. What it does not know is opaque, up to the end of the expression.

https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import json
import re

from domovoi_tf.plans.sources.expressions import (
    Block,
    Call,
    Expression,
    For,
    ListOf,
    Literal,
    ObjectOf,
    Opaque,
    Template,
    Traversal,
)
from domovoi_tf.plans.sources.scanner import BLANK, INDEX, NAME, SPACE, TEXT, Scanner, SourceError

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NOT_EMPTY = re.compile(r"if\s+length\((?P<name>\w+(?:\.\w+)*)\)\s*>\s*0\s*[\]}]")
_CONSTANTS = {"true": True, "false": False, "null": None}
_MAX_DEPTH = 40


def parse_source(text: str) -> tuple[Block, ...]:
    """Returns the blocks of a file.

    Args:
        text: the content of the file.

    Raises:
        SourceError: it cannot be parsed.
    """
    parser = _Parser(text)
    _, blocks = parser.read_body(end="")
    return blocks


class _Parser(Scanner):
    """Reads blocks and expressions from its position on."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def read_body(self, end: str) -> tuple[dict[str, Expression], tuple[Block, ...]]:
        """Returns the arguments and the blocks up to the closing brace, or to the end of the file."""
        arguments: dict[str, Expression] = {}
        blocks: list[Block] = []
        while True:
            self._skip(SPACE)
            if self._is_at(end) if end else self._position >= len(self._text):
                self._position += len(end)
                return arguments, tuple(blocks)
            name = self._read_name()
            self._skip(BLANK)
            if self._is_at("=") and not self._is_at("=="):
                self._position += 1
                arguments[name] = self._read_expression()
            else:
                blocks.append(self._read_block(name))

    def _read_block(self, name: str) -> Block:
        labels = []
        while not self._is_at("{"):
            label = self._read_string() if self._is_at('"') else Template((self._read_name(),))
            labels.append("".join(part for part in label.parts if isinstance(part, str)))
            self._skip(BLANK)
        self._position += 1
        arguments, blocks = self.read_body("}")
        return Block(name, tuple(labels), arguments, blocks)

    def _read_expression(self) -> Expression:
        """Returns an expression; an opaque one if an operator follows its first operand."""
        self._skip(BLANK)
        start = self._position
        if self._depth == _MAX_DEPTH:
            raise SourceError("it is nested too deeply")
        self._depth += 1
        try:
            expression = self._read_operand()
        except SourceError:
            self._position = start
            expression = Opaque()
        self._depth -= 1
        self._skip(BLANK)
        if self._is_at_end():
            return expression
        self._skip_rest()
        return Opaque()

    def _is_at_end(self) -> bool:
        return (
            self._position >= len(self._text) or self._text[self._position] in ",]})\n" or self._is_at_sign()
        )

    def _is_at_sign(self) -> bool:
        """Whether a part of a `for` expression or of an object ends here."""
        return self._is_at("=>") or self._is_at(":") or self._read_ahead() in ("if", "in")

    def _read_operand(self) -> Expression:
        character = self._text[self._position : self._position + 1]
        if character == '"':
            return self._read_string()
        if character == "[":
            return self._read_list()
        if character == "{":
            return self._read_object()
        if match := _NUMBER.match(self._text, self._position):
            self._position = match.end()
            return Literal(json.loads(match[0]))
        name = self._read_name()
        if self._is_at("("):
            return self._read_call(name)
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        return self._read_traversal(name)

    def _read_call(self, name: str) -> Call:
        self._position += 1
        return Call(name, tuple(self._read_items(")")))

    def _read_traversal(self, name: str) -> Expression:
        steps = [name]
        while True:
            if self._is_at(".") and NAME.match(self._text, self._position + 1):
                self._position += 1
                steps.append(self._read_name())
            elif match := INDEX.match(self._text, self._position):
                self._position = match.end()
                steps.append(match[0])
            elif self._is_at("[") or self._is_at("."):
                self._skip_rest()
                return Opaque()
            else:
                return Traversal(tuple(steps))

    def _read_list(self) -> Expression:
        self._position += 1
        if self._read_ahead() == "for":
            return self._read_for("]")
        return ListOf(tuple(self._read_items("]")))

    def _read_items(self, end: str) -> list[Expression]:
        items: list[Expression] = []
        while True:
            self._skip(SPACE)
            if self._is_at(end):
                self._position += 1
                return items
            items.append(self._read_expression())
            self._skip(SPACE)
            if self._is_at(","):
                self._position += 1
            elif not self._is_at(end):
                raise SourceError(f"{end} is missing")

    def _read_object(self) -> Expression:
        self._position += 1
        if self._read_ahead() == "for":
            return self._read_for("}")
        items: list[tuple[Expression, Expression]] = []
        while True:
            self._skip(SPACE)
            if self._is_at("}"):
                self._position += 1
                return ObjectOf(tuple(items))
            key = self._read_key()
            self._skip(BLANK)
            if not (self._is_at("=") or self._is_at(":")):
                raise SourceError("a value is missing")
            self._position += 1
            items.append((key, self._read_expression()))
            self._skip(BLANK)
            if self._is_at(","):
                self._position += 1

    def _read_key(self) -> Expression:
        if self._is_at('"'):
            return self._read_string()
        if self._is_at("("):
            self._position += 1
            (key,) = self._read_items(")") or [Opaque()]
            return key
        return Template((self._read_name(),))

    def _read_for(self, end: str) -> Expression:
        self._skip(SPACE)
        self._read_name()  # for
        names = []
        while self._read_ahead() != "in":
            self._skip(SPACE)
            names.append(self._read_name())
            self._skip(SPACE)
            self._position += self._is_at(",")
        self._skip(SPACE)
        self._read_name()  # in
        collection = self._read_expression()
        self._expect(":")
        value = self._read_expression_after_space()
        key: Expression | None = None
        if end == "}":
            key = value
            self._expect("=>")
            value = self._read_expression_after_space()
        self._position += 3 * self._is_at("...")
        has_condition = self._read_ahead() == "if"
        not_empty = self._read_condition(end) if has_condition else None
        self._expect(end)
        return For(tuple(names), collection, key, value, has_condition, not_empty)

    def _read_condition(self, end: str) -> Expression | None:
        """Returns what must not be empty; None if the condition is another one."""
        self._skip(SPACE)
        match = _NOT_EMPTY.match(self._text, self._position)
        self._skip_until(end)
        return Traversal(tuple(match["name"].split("."))) if match else None

    def _read_expression_after_space(self) -> Expression:
        self._skip(SPACE)
        return self._read_expression()

    def _read_string(self) -> Template:
        self._position += 1
        parts: list[str | Expression] = []
        while not self._is_at('"'):
            if match := TEXT.match(self._text, self._position):
                self._position = match.end()
                parts.append(_unescape(match[0]))
            elif self._is_at("${"):
                self._position += 2
                parts.append(self._read_expression_after_space())
                self._expect("}")
            else:
                raise SourceError("a string does not end")
        self._position += 1
        return Template(tuple(parts))


def _unescape(text: str) -> str:
    text = text.replace("$${", "${").replace("%%{", "%{")
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
