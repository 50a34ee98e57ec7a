"""Expressions of Terraform's language, as far as policies use them; all others are opaque.

https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Opaque:
    """An expression that is not evaluated."""


@dataclass(frozen=True)
class Literal:
    """A number, a boolean or null."""

    value: object


@dataclass(frozen=True)
class Template:
    """A string, with the expressions in it."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True)
class ListOf:
    """A list."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class ObjectOf:
    """An object, whose keys are strings."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class For:
    """A `for` expression: a list if it has no key, otherwise an object.

    Of conditions, only that something must not be empty is known: ``length(...) > 0``.
    """

    names: tuple[str, ...]
    collection: Expression
    key: Expression | None
    value: Expression
    has_condition: bool
    not_empty: Expression | None = None


@dataclass(frozen=True)
class Traversal:
    """A reference: names and constant indexes."""

    steps: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A call of a function."""

    name: str
    arguments: tuple[Expression, ...]


Expression = Opaque | Literal | Template | ListOf | ObjectOf | For | Traversal | Call


@dataclass(frozen=True)
class Block:
    """A block: its type, its labels, its arguments by name, and the blocks in it."""

    type: str
    labels: tuple[str, ...] = ()
    arguments: dict[str, Expression] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
