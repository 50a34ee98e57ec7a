"""Builds the JSON Schema of ``.chalice/config.json``, with which editors complete and check the file.

https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from domovoi_tf.settings.formats import convert_type
from domovoi_tf.settings.keys import CONFIGURATION, LISTENERS, STAGE, SYNONYMS, Key, Listed, Named, Object

#: The file with the schema in the package.
SHIPPED = Path(__file__).parents[1] / "config.schema.json"
_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "domovoi-tf: .chalice/config.json",
}
_EXCLUSIVE = (LISTENERS, *SYNONYMS.items())


def build_schema() -> str:
    """Returns the schema as JSON, derived from the types of the keys."""
    shared = {name: _describe_key(key) for name, key in sorted(STAGE.items())}
    return (
        json.dumps({**_HEAD, **_describe_type(CONFIGURATION), "$defs": shared}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _strip_markdown(text: str) -> str:
    """Returns a description without code spans and links, which editors do not follow from a schema."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "")


def _describe_type(of: Any) -> dict[str, Any]:
    if isinstance(of, Named):
        return {"type": "object", "additionalProperties": _describe_type(of.of)}
    if isinstance(of, Listed):
        one = _describe_type(of.of)
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    return _describe_object(of) if isinstance(of, Object) else msgspec.json.schema(convert_type(of))


def _describe_object(of: Object) -> dict[str, Any]:
    known = {
        name: {"$ref": f"#/$defs/{name}"} if STAGE.get(name) is key else _describe_key(key)
        for name, key in sorted(of.keys.items())
    }
    unused = {
        name: {"description": f"Not used: {reason}.", "deprecated": True}
        for name, reason in sorted(of.unused.items())
    }
    schema = {
        "type": "object",
        "properties": {**known, **unused},
        "required": list(of.required),
        "additionalProperties": False,
    }
    pairs = [sorted(pair) for pair in _EXCLUSIVE if of.keys.keys() >= set(pair)]
    return {**schema, "allOf": [{"not": {"required": pair}} for pair in pairs]} if pairs else schema


def _describe_key(key: Key) -> dict[str, Any]:
    default = {} if key.default is None else {"default": key.default}
    return {"description": _strip_markdown(key.description), **default, **_describe_type(key.type)}
