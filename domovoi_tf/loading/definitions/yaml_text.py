"""Parses YAML to plain values, strictly and with bounded aliases.

An alias stands for a copy of its anchor's value: a few lines of aliases of aliases are billions of values.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from domovoi_tf.loading.definitions.limits import MAX_DEPTH, MAX_VALUES, TOO_DEEP, TOO_MANY
from domovoi_tf.system.reading.json_mistakes import TextMistakeError

_CORRECT = "Correct the file."


def parse_yaml(text: str) -> Any:
    """Returns the value of a document.

    Args:
        text: the document.

    Raises:
        ValueError: it is not valid, has keys that JSON has not, or is too large or too deep.

    https://yaml.org/spec/1.1/
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - it derives from SafeLoader
    except yaml.YAMLError as error:
        raise _describe_error(text, error) from None


def _describe_error(text: str, error: yaml.YAMLError) -> TextMistakeError:
    if isinstance(error, yaml.reader.ReaderError):  # a character that YAML does not have
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        return TextMistakeError(text, error.position, message, "Remove it.")
    at = error.problem_mark.index if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 0
    if text[at : at + 1] == "\t":
        return TextMistakeError(text, at, "a tab indents this line", "Indent it with spaces.")
    reason = getattr(error, "problem", None) or " ".join(str(error).split())
    context, mark = getattr(error, "context", None), getattr(error, "context_mark", None)
    place = f" {context} of line {mark.line + 1}" if context and mark else ""
    for token, words in (("'<stream end>'", "the end of the file"), ("<block end>", "the end of the block")):
        reason = reason.replace(token, words)
    return TextMistakeError(text, at, f"this is not valid YAML: {reason}{place}", _CORRECT)


_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """Counts values, and rejects duplicate keys, of which the base class keeps the last."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        #: The number of values and the depth of each node that is complete.
        self._sizes: dict[yaml.Node, tuple[int, int]] = {}
        self._level = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Returns the next node, with an error if it is too large or too deep."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        self._level += 1
        is_deep = self._level > MAX_DEPTH and not isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent))
        self._require(not is_deep, event, TOO_DEEP)
        node = super().compose_node(parent, index)
        self._level -= 1
        if node is None:
            return node
        if isinstance(event, yaml.AliasEvent):
            self._require(
                node in self._sizes, event, f"the alias *{event.anchor} is inside of its own anchor"
            )
        else:
            self._sizes[node] = self._measure(node)
        values, depth = self._sizes[node]
        self._require(max(values, len(self._sizes)) <= MAX_VALUES, event, TOO_MANY)
        self._require(self._level - 1 + depth <= MAX_DEPTH, event, TOO_DEEP)
        return node

    def _measure(self, node: yaml.Node) -> tuple[int, int]:
        if isinstance(node, yaml.ScalarNode):
            return 1, 0
        items = (
            node.value
            if isinstance(node, yaml.SequenceNode)
            else [each for pair in node.value for each in pair]
        )
        sizes = [self._sizes[item] for item in items]
        return 1 + sum(values for values, _ in sizes), 1 + max((depth for _, depth in sizes), default=0)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Returns the value of a node, with an error if its text does not fit its tag."""
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, _PlacedError):
            raise
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise _PlacedError(node, f"this is not a valid {tag}") from None

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> Any:
        """Returns a dict. A key overrides the same key of ``<<``, but not one of its own mapping."""
        if not isinstance(node, yaml.MappingNode):
            raise _PlacedError(node, "expected keys and values")
        lines: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            key = _MERGE if key_node.tag == _MERGE else self._construct_key(key_node)
            if key in lines:
                message = f"the key {key_node.value!r} is also in line {lines[key]}; only one can count"
                raise _PlacedError(key_node, message)
            lines[key] = key_node.start_mark.line + 1
        self.flatten_mapping(node)
        return {self._construct_key(key): self.construct_object(item, True) for key, item in node.value}

    def _construct_key(self, node: yaml.Node) -> Hashable:
        key = self.construct_object(node, True) if isinstance(node, yaml.ScalarNode) else node
        if isinstance(key, yaml.Node) or not isinstance(key, Hashable):
            raise _PlacedError(node, "a key is a list or a dict, but keys in JSON are strings")
        return key

    def _require(self, condition: bool, event: yaml.Event, message: str) -> None:
        if not condition:
            raise _PlacedError(event, message)


class _PlacedError(ValueError):
    """An error with the line and column at which a node or an event starts."""

    def __init__(self, place: Any, message: str) -> None:
        mark = place.start_mark
        super().__init__(f"line {mark.line + 1}, column {mark.column + 1}: {message}")
