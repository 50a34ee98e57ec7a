"""Writes the keys in docs/reference/configuration.md from the table of the keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec

from domovoi_tf.settings.formats import convert_type
from domovoi_tf.settings.keys import (
    EMPTY_IS_NONE,
    FUNCTION,
    STAGE,
    TOP_LEVEL,
    UNUSED,
    Key,
    Listed,
    Named,
    Object,
)

from .configuration_examples import EXAMPLES, GROUPS
from .markdown import REFERENCE, make_anchor, replace_part, wrap

PAGE = REFERENCE / "configuration.md"


def render_page() -> str:
    """Returns the text of the page, with new parts between its markers."""
    page = replace_part(PAGE.read_text(encoding="utf-8"), "summary", _render_summary())
    page = replace_part(page, "keys", _render_groups())
    return replace_part(page, "unused", (f"- `{name}`: {reason}" for name, reason in sorted(UNUSED.items())))


def _render_summary() -> Iterator[str]:
    for title, names in GROUPS.items():
        links = ", ".join(f"[`{name}`](#{make_anchor(name)})" for name in names)
        yield from wrap(f"[{title}](#{make_anchor(title)}): {links}", "- ", "  ")


def _render_groups() -> Iterator[str]:
    for title, names in GROUPS.items():
        yield from (f"### {title}", "")
        for name in names:
            yield from (f"#### `{name}`", "")
            yield from _render_key(name, TOP_LEVEL[name])
            yield ""


def _render_key(name: str, key: Key) -> Iterator[str]:
    yield from wrap(key.description)
    yield ""
    yield from wrap(f"Value: {describe_value(name, key)}", "- ", "  ")
    if key.default is not None:
        yield f"- Default: `{json.dumps(key.default)}`"
    yield f"- Level: {describe_level(name)}"
    if name in EXAMPLES:
        yield from wrap(f"Example: `{json.dumps(EXAMPLES[name])}`", "- ", "  ")
    kind = key.type.of if isinstance(key.type, Listed) else key.type
    if isinstance(kind, Object):
        yield from ("", "Its keys:", "", *_render_nested(kind, ""))


def _render_nested(kind: Object, indentation: str) -> Iterator[str]:
    """Yields a list of the keys of an object, in an item of another list with four spaces."""
    for name, key in kind.keys.items():
        facts = [describe_type(key.type)]
        facts += ["required"] if name in kind.required else []
        facts += [f"default `{json.dumps(key.default)}`"] if key.default is not None else []
        text = f"`{name}` ({', '.join(facts)}): {key.description}"
        yield from wrap(text, f"{indentation}- ", f"{indentation}  ")
        inner = key.type.of if isinstance(key.type, Listed) else key.type
        if isinstance(inner, Object):
            yield from _render_nested(inner, f"{indentation}    ")


def describe_level(name: str) -> str:
    """Returns the levels at which a key can be set."""
    if name in FUNCTION:
        return "any"
    return "top level or stage" if name in STAGE else "top level"


def describe_value(name: str, key: Key) -> str:
    """Returns the values that a key accepts, in words."""
    return f"{describe_type(key.type)}{', or empty' if name in EMPTY_IS_NONE else ''}"


def describe_type(kind: Any) -> str:
    """Returns the values of a type, in words."""
    if isinstance(kind, Named):
        return "object by name"
    if isinstance(kind, Listed):
        return "object, or array of objects"
    if get_origin(kind) is Literal:
        return _join([f"`{each}`" for each in get_args(kind)])
    return "object" if isinstance(kind, Object) else _describe_schema(msgspec.json.schema(convert_type(kind)))


def _describe_schema(schema: Mapping[str, Any]) -> str:
    if "title" in schema:
        return str(schema["title"])
    if schema["type"] == "integer":
        return f"integer{_describe_range(schema)}"
    if schema["type"] == "array":
        items = _describe_schema(schema["items"])
        return f"array{_describe_count(schema)}{'' if items == 'string' else f', each {items}'}"
    if schema["type"] == "object":
        values = _describe_schema(schema.get("additionalProperties", {"type": "value"}))
        return (
            f"object of strings{_describe_count(schema)}"
            if values == "string"
            else f"object, each value {values}"
        )
    limit = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"{schema['type']}{limit}"


def _describe_range(schema: Mapping[str, Any]) -> str:
    if "maximum" in schema:
        return f" from {schema['minimum']:,} to {schema['maximum']:,}"
    return f" from {schema['minimum']:,}" if "minimum" in schema else ""


def _describe_count(schema: Mapping[str, Any]) -> str:
    if most := schema.get("maxItems", schema.get("maxProperties")):
        return f" of at most {most}"
    least = schema.get("minItems", 0)
    return f" of at least {least}" if least > 1 else ""


def _join(values: list[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else values[0]
