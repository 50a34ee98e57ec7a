"""Compares two values of a resource attribute by attribute, and hides secrets.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from domovoi_tf.loading.environment import is_secret_name

MAX_LENGTH = 60
UNKNOWN = "(known after apply)"
_SENSITIVE = "(sensitive)"
#: Values of environment variables are never shown: any of them may be secret, whatever its name.
_ENVIRONMENT = ("environment", "variables")
Path = tuple[str | int, ...]


class Difference(NamedTuple):
    """An attribute that changes.

    Args:
        path: the names and indexes that lead to the attribute.
        before: the formatted old value; None if it is too long or must not be shown.
        after: the formatted new value; None if it is too long or must not be shown.
    """

    path: Path
    before: str | None
    after: str | None

    @property
    def name(self) -> str:
        """The attribute's name to show to users."""
        names = [str(step) for step in self.path if isinstance(step, str)]
        if tuple(names[:2]) == _ENVIRONMENT and len(names) > 2:
            return f"environment variable {replace_unprintable(names[2])}"
        return replace_unprintable(".".join(names))

    @property
    def is_known(self) -> bool:
        """Whether the new value is known before the apply."""
        return self.after != UNKNOWN

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return self.name
        return f"{self.name} {self.before} → {self.after}"


class ValueChange(NamedTuple):
    """A value before and after a change, with the masks of its unknown and sensitive parts."""

    before: Any
    after: Any
    unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None

    def get_part(self, step: str | int) -> ValueChange:
        """Returns the change of an attribute or element.

        Args:
            step: the attribute's name or the element's index.
        """
        return ValueChange(*(_get_part(part, step) for part in self))


def find_differences(change: ValueChange, path: Path = ()) -> Iterator[Difference]:
    """Yields the innermost attributes that differ, in the order of their names.

    Absent and empty values are equal.

    Args:
        change: the values of a resource.
        path: the path of the values in the resource.
    """
    if change.unknown is not True and drop_empty(change.before) == drop_empty(change.after):
        return
    steps = _list_steps(change)
    if change.unknown is True or not steps:
        yield _make_difference(change, path)
        return
    for step in steps:
        yield from find_differences(change.get_part(step), (*path, step))


def drop_empty(value: Any) -> Any:
    """Returns a value without its empty attributes; None if nothing remains.

    Args:
        value: a value of a resource.
    """
    if isinstance(value, Mapping):
        attributes = {key: part for key, item in value.items() if (part := drop_empty(item)) is not None}
        return attributes or None
    if isinstance(value, list):
        return [drop_empty(item) for item in value] or None
    return None if value == "" else value


def replace_unprintable(text: str) -> str:
    """Replaces control characters, which a terminal would interpret, with a replacement character.

    Args:
        text: untrusted text.
    """
    return "".join(c if c.isprintable() else "�" for c in text)


def _list_steps(change: ValueChange) -> Sequence[str | int]:
    """Returns the parts to compare one by one; none if the values must be compared as a whole."""
    if any(isinstance(mask, bool) and mask for mask in (change.before_sensitive, change.after_sensitive)):
        return ()
    before, after = change.before, change.after
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        unknown = change.unknown if isinstance(change.unknown, Mapping) else {}
        return sorted({*before, *after, *unknown})
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return range(len(before))
    return ()


def _make_difference(change: ValueChange, path: Path) -> Difference:
    if path[:1] == _ENVIRONMENT[:1] or (path and is_secret_name(str(path[-1]))):
        return Difference(path, None, None)
    before = _format_value(change.before, change.before_sensitive)
    after = UNKNOWN if change.unknown is True else _format_value(change.after, change.after_sensitive)
    return Difference(path, before, after)


def _format_value(value: Any, sensitive: Any) -> str | None:
    if sensitive:
        return _SENSITIVE
    if value is None or value == "":
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    is_short = len(text) <= MAX_LENGTH and "\n" not in text and not isinstance(value, list | Mapping)
    return replace_unprintable(text) if is_short else None


def _get_part(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return value if isinstance(value, bool) else None  # a mask that covers the whole value
