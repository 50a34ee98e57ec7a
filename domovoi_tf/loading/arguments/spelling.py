"""Spells any Python value for messages: short, on one line, and without running code of its class."""

from __future__ import annotations

from typing import Any

from domovoi_tf.model.names import Scoped, Variable

#: The longest spelling of a string, in characters, and the largest number that is spelled, in bits.
_MAX_LENGTH, _MAX_BITS = 80, 128
_NOUNS: dict[Any, str] = {dict: "a dict", list: "a list", tuple: "a tuple", set: "a set", bytes: "bytes"}
_FUNCTIONS = ("function", "builtin_function_or_method", "method")


def spell_value(value: Any) -> str:
    """Returns a value as it is written in the app if it is simple, and its type in words otherwise."""
    kind = type(value)
    if value is None or kind in (bool, float):
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= _MAX_BITS else "a number with too many digits"
    if kind is str:
        return _shorten(repr(value[:_MAX_LENGTH]), len(value) > _MAX_LENGTH)
    if kind in _NOUNS:
        return _NOUNS[kind]
    if kind in (Scoped, Variable):
        return f"{kind.__name__.lower()}({spell_value(vars(value).get('name'))})"
    if get_name(kind) in _FUNCTIONS:
        return "a function"
    return "a class" if issubclass(kind, type) else f"an object of the class {get_name(kind)}"


def get_name(kind: type) -> str:
    """Returns the name of a class, whose characters and length may be any."""
    name = type.__dict__["__name__"].__get__(kind)
    return _shorten(repr(name[:_MAX_LENGTH])[1:-1], len(name) > _MAX_LENGTH)


def _shorten(text: str, is_cut: bool) -> str:
    return f"{text[:_MAX_LENGTH]}..." if is_cut or len(text) > _MAX_LENGTH else text
