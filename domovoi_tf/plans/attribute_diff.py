"""What differs between two values of a resource, attribute by attribute, without what is secret.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

LONGEST = 60
UNKNOWN = "(known after apply)"
_SENSITIVE = "(sensitive)"
#: Whatever they hold is nobody's business but the function's.
_ENVIRONMENT = ("environment", "variables")
Path = tuple[str | int, ...]


class Difference(NamedTuple):
    """An attribute that changes: its path, and its values as text; None where they are long or not shown."""

    path: Path
    before: str | None
    after: str | None

    @property
    def name(self) -> str:
        """The attribute, as one would say it."""
        names = [str(step) for step in self.path if isinstance(step, str)]
        if tuple(names[:2]) == _ENVIRONMENT and len(names) > 2:
            return f"environment variable {printable(names[2])}"
        return printable(".".join(names))

    @property
    def known(self) -> bool:
        """Whether the value after the change is known already."""
        return self.after != UNKNOWN

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return self.name
        return f"{self.name} {self.before} → {self.after}"


class Sides(NamedTuple):
    """A value before and after, with what is unknown after, and what is sensitive of either."""

    before: Any
    after: Any
    unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None

    def at(self, step: str | int) -> Sides:
        """Returns the sides of a part."""
        return Sides(*(_part(side, step) for side in self))


def differences(sides: Sides, path: Path = ()) -> Iterator[Difference]:
    """Yields the attributes that differ, the innermost ones, in the order of their names.

    What is absent and what is empty are the same.

    Args:
        sides: the values of a resource.
        path: where they are.
    """
    if sides.unknown is not True and empty(sides.before) == empty(sides.after):
        return
    steps = _steps(sides)
    if sides.unknown is True or not steps:
        yield _difference(sides, path)
        return
    for step in steps:
        yield from differences(sides.at(step), (*path, step))


def empty(value: Any) -> Any:
    """Returns a value without what is empty in it: None where nothing is left."""
    if isinstance(value, Mapping):
        kept = {key: left for key, inner in value.items() if (left := empty(inner)) is not None}
        return kept or None
    if isinstance(value, list):
        return [empty(inner) for inner in value] or None
    return None if value == "" else value


def printable(text: str) -> str:
    """Returns a text without characters that would do something to a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _steps(sides: Sides) -> Sequence[str | int]:
    """Returns the parts in which both sides are made alike; none where they are to be compared as a whole."""
    if any(isinstance(mask, bool) and mask for mask in (sides.before_sensitive, sides.after_sensitive)):
        return ()
    before, after = sides.before, sides.after
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        unknown = sides.unknown if isinstance(sides.unknown, Mapping) else {}
        return sorted({*before, *after, *unknown})
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return range(len(before))
    return ()


def _difference(sides: Sides, path: Path) -> Difference:
    if path[:1] == _ENVIRONMENT[:1]:
        return Difference(path, None, None)
    before = _text(sides.before, sides.before_sensitive)
    after = UNKNOWN if sides.unknown is True else _text(sides.after, sides.after_sensitive)
    return Difference(path, before, after)


def _text(value: Any, sensitive: Any) -> str | None:
    if sensitive:
        return _SENSITIVE
    if value is None or value == "":
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    short = len(text) <= LONGEST and "\n" not in text and not isinstance(value, list | Mapping)
    return printable(text) if short else None


def _part(side: Any, step: str | int) -> Any:
    if isinstance(side, Mapping):
        return side.get(step)
    if isinstance(side, list) and isinstance(step, int) and step < len(side):
        return side[step]
    return side if isinstance(side, bool) else None
