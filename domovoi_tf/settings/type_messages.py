"""Describes values of the wrong type in the configuration, with what to write instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from domovoi_tf.settings.formats import Meta
from domovoi_tf.settings.secrets.detection import quote_value

#: The types, as a sentence names them, and how to write a value.
_NAMES: Mapping[Any, tuple[str, str]] = {
    bool: ("true or false", "Write true or false, without quotes."),
    int: ("a whole number", "Write a whole number without quotes, such as {example}."),
    str: ("a string", 'Write it in double quotes: "..."'),
    list: ("a list", "Write its items in [ and ], with commas."),
    dict: ("an object", 'Write keys and values in {{ and }}: {{"KEY": ...}}'),
}
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_ITEMS: Mapping[Any, tuple[str, str]] = {
    list: ("items", "item"),
    dict: ("entries", "entry"),
    str: ("characters", "character"),
}


def describe_mistake(path: str, value: object, of: Any) -> str:
    """Returns why a value does not have a type, and what to write instead.

    Args:
        path: the JSON path of the value, by which secrets are recognised.
        value: the value in the JSON document.
        of: the type, which rejects the value.
    """
    bare, meta = _split(of)
    if get_origin(bare) is Literal:
        return _describe_choice(path, value, get_args(bare))
    kind: Any = get_origin(bare) or bare
    if meta.title and type(value) is kind:
        return f"{quote_value(path, value)} is not {meta.title}." if kind is str else f"must be {meta.title}."
    if type(value) is kind:
        return _describe_limit(value, meta)
    if meta.title and kind is dict:
        return f"must be {meta.title}, not {_describe_value(path, value)}."
    name = f"{_NAMES[kind][0]}{_format_range(meta)}"
    return f"must be {name}, not {_describe_value(path, value)}. {_advise(path, value, kind, meta)}"


def _split(of: Any) -> tuple[Any, Meta]:
    """Returns a type without its constraints, and the constraints."""
    return (get_args(of)[0], of.__metadata__[0]) if hasattr(of, "__metadata__") else (of, Meta())


def _describe_choice(path: str, value: object, choices: tuple[Any, ...]) -> str:
    listed = ", ".join(map(str, choices))
    if value is None or isinstance(value, (list, Mapping)):
        return f"must be one of {listed}, not {_describe_value(path, value)}."
    text = str(value).strip().lower()
    near = [json.dumps(each) for each in choices if str(each).lower() == text]
    return f"{quote_value(path, value)} is not one of {listed}.{f' Write {near[0]}.' if near else ''}"


def _describe_limit(value: Any, meta: Meta) -> str:
    """Describes a value of the right type that is too small or too large."""
    if isinstance(value, int):
        return f"must be a whole number{_format_range(meta)}, not {value}."
    many, one = _ITEMS[type(value)]
    count = f"has {len(value)} {one if len(value) == 1 else many}"
    if meta.max_length is not None and len(value) > meta.max_length:
        return f"{count}, but at most {meta.max_length} are allowed."
    return f"{count}, but at least {meta.min_length} are needed."


def _format_range(meta: Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f" from {meta.ge} to {meta.le}"
    return "" if meta.ge is None else f" of at least {meta.ge}"


def _describe_value(path: str, value: object) -> str:
    if isinstance(value, str):
        quoted = quote_value(path, value)
        return quoted if quoted[:1] not in "'\"" else f"the string {json.dumps(value, ensure_ascii=False)}"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    quoted = quote_value(path, value)
    return f"the number {quoted}" if quoted == repr(value) else quoted


def _advise(path: str, value: object, kind: type, meta: Meta) -> str:
    """Returns what to write in place of a value of another type."""
    if value is None:
        return "Leave it out, or write a value."
    text = str(value).strip().lower()
    if kind is bool and text in (*_TRUE, *_FALSE):
        return f"Write {'true' if text in _TRUE else 'false'}, without quotes."
    if quote_value(path, value) == repr(value):  # not a secret
        if kind is int and isinstance(value, str) and text.isdecimal() and text.isascii():
            return f"Write {int(text)}, without quotes."
        if kind is list and isinstance(value, str):
            return f"Write [{json.dumps(value, ensure_ascii=False)}]."
        if kind is str and type(value) is int:
            return f'Write "{value}", in double quotes.'
    if kind is str and not isinstance(value, (int, float)):
        return "Write a string in double quotes."
    return _NAMES[kind][1].format(example=1 if meta.ge is None else meta.ge)
