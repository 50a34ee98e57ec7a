"""The JSON Schema of ``.chalice/config.json``, by which editors complete and check.

https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from domovoi_tf.settings.keys import CONFIGURATION, UNUSED, Key, Named, Object

#: The schema as it is shipped, beside this file.
SHIPPED = Path(__file__).with_name("config.schema.json")
_OBJECTS = {"additionalProperties": False}


def schema() -> dict[str, Any]:
    """Returns the schema, from the types of the keys."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "domovoi-tf: .chalice/config.json",
    }
    return {**head, **_of_type(CONFIGURATION)}


def text() -> str:
    """Returns the text of the schema as it is shipped."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _of_type(of: Any) -> dict[str, Any]:
    if isinstance(of, Named):
        return {"type": "object", "additionalProperties": _of_type(of.of)}
    if isinstance(of, Object):
        return _of_object(of)
    found = msgspec.json.schema(of)
    return {**found, "minProperties": 1} if of == dict[str, dict[str, Any]] else found


def _of_object(of: Object) -> dict[str, Any]:
    properties = {name: _of_key(key) for name, key in sorted(of.keys.items())}
    return {"type": "object", "properties": properties, "required": list(of.required), **_OBJECTS}


def _of_key(key: Key) -> Mapping[str, Any]:
    default = {} if key.default is None else {"default": key.default}
    return {"description": key.description.replace("`", ""), **default, **_of_type(key.type)}
