"""Compares values with the annotations of parameters, such as ``Sequence[str | Variable] | None``.

Classes are compared exactly: a subclass of ``str`` or ``dict`` may have any code of the app, and a bool is no
number. Nothing here runs code of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from os import PathLike
from typing import Any, NamedTuple

from domovoi_tf.loading.arguments.spelling import spell_value
from domovoi_tf.loading.environment import is_secret_name
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.runtime.executions import Executions

#: More levels than any document of AWS has.
MAX_DEPTH = 64
#: Python cannot print numbers that are much longer.
_MAX_BITS = 10000
_PLAIN = "None, booleans, numbers, strings, lists and dicts with string keys"
_ALIASES = {
    "Name": "str | Scoped | Variable",
    "Definition": "Mapping[str, State] | str",
    "EventType": "str",
}
#: The fields of a state that may have a function in place of its ARN.
_FUNCTION_FIELDS = ("Resource", "FunctionName")


class Finding(NamedTuple):
    """A value of a wrong type.

    ``path`` leads from the argument to the value, such as ``['a'][0]``. ``expected`` are the accepted values
    in words, and ``hint`` is a sentence about the value, or empty.
    """

    path: str
    value: str
    expected: str
    hint: str = ""


def find_wrong_value(value: object, annotation: str) -> Finding | None:
    """Returns the first part of a value that does not have the type that an annotation states, or None.

    Args:
        value: the value.
        annotation: the annotation of a parameter.

    Raises:
        LookupError: the annotation has a class that is not known here.
    """
    alternatives = split_alternatives(annotation)
    inner = None
    for each in alternatives:
        matches, finding = _compare(value, each)
        if matches and finding is None:
            return None
        inner = inner or finding
    words = [_describe(each) for each in alternatives if each != "None"]
    return inner or Finding("", spell_value(value), _join(words), _make_hint(value, alternatives))


@cache
def split_alternatives(annotation: str) -> tuple[str, ...]:
    """Returns the classes that an annotation joins by ``|``. What names stand for replaces them."""
    parts, depth = [""], 0
    for character in annotation.replace(" ", ""):
        depth += {"[": 1, "]": -1}.get(character, 0)
        parts = [*parts, ""] if character == "|" and not depth else [*parts[:-1], parts[-1] + character]
    return tuple(
        each
        for part in parts
        for each in (split_alternatives(_ALIASES[part]) if part in _ALIASES else (part,))
    )


def _compare(value: Any, kind: str) -> tuple[bool, Finding | None]:
    """Returns whether a value has a class, and the wrong value inside it, if there is one."""
    outer, _, inner = kind.partition("[")
    if outer == "Sequence":
        return type(value) in (list, tuple), _find_in_list(value, inner[:-1])
    if outer == "Mapping":
        return type(value) is dict, _find_in_dict(value, inner.removeprefix("str,")[:-1])
    if kind in ("Any", "State"):
        finding = _find_in_document(value, kind == "State")
        return True, finding
    return _CLASSES[kind](value), None


def _find_in_list(values: Any, annotation: str) -> Finding | None:
    if type(values) not in (list, tuple):
        return None
    findings = ((n, find_wrong_value(item, annotation)) for n, item in enumerate(values))
    return next((found._replace(path=f"[{n}]{found.path}") for n, found in findings if found), None)


def _find_in_dict(values: Any, annotation: str) -> Finding | None:
    if type(values) is not dict:
        return None
    for key, item in values.items():
        if type(key) is not str:
            return Finding("", f"a dict with the key {spell_value(key)}", "strings as keys")
        if found := find_wrong_value(item, annotation):
            return hide_secret(key, found._replace(path=f"[{spell_value(key)}]{found.path}"))
    return None


def _find_in_document(value: Any, has_functions: bool, depth: int = 0, field: str = "") -> Finding | None:
    """Returns the first part of a value that is not plain data, or None."""
    kind = type(value)
    if depth > MAX_DEPTH:
        return Finding("", f"nested more than {MAX_DEPTH} levels deep", "")
    if has_functions and field in _FUNCTION_FIELDS and callable(value):
        return None
    if kind not in (list, tuple, dict):
        return None if _is_scalar(value) else Finding("", spell_value(value), _PLAIN, _make_hint(value, ()))
    for key, item in value.items() if kind is dict else enumerate(value):
        if kind is dict and type(key) is not str:
            return Finding("", f"a dict with the key {spell_value(key)}", "strings as keys")
        if found := _find_in_document(item, has_functions, depth + 1, str(key)):
            if not found.expected:
                return found
            path = f"[{spell_value(key)}]{found.path}"
            return hide_secret(str(key), found._replace(path=path))
    return None


def hide_secret(key: str, found: Finding) -> Finding:
    """Returns a finding without its value if the name of its key suggests a secret."""
    return found._replace(value="a value of another type") if is_secret_name(key) else found


def _is_scalar(value: Any) -> bool:
    if type(value) is int:
        return value.bit_length() <= _MAX_BITS
    return value is None or type(value) in (bool, float, str)


def _is_variable(value: Any) -> bool:
    fields = vars(value) if type(value) is Variable else {}
    return type(fields.get("name")) is str and type(fields.get("sensitive", False)) is bool


def _is_scoped(value: Any) -> bool:
    fields = vars(value) if type(value) is Scoped else {}
    return type(fields.get("name")) is str and type(fields.get("form", "")) is str


_CLASSES: dict[str, Callable[[Any], bool]] = {
    "None": lambda value: value is None,
    "bool": lambda value: type(value) is bool,
    "int": lambda value: type(value) is int and value.bit_length() < 64,
    "str": lambda value: type(value) is str,
    "Variable": _is_variable,
    "Scoped": _is_scoped,
    "Executions": lambda value: type(value) is Executions,
    "Middleware": callable,
}
_WORDS = {
    "bool": "True or False",
    "int": "a whole number",
    "str": "a string",
    "Variable": "variable()",
    "Scoped": "scoped()",
    "Executions": "the return value of app.register_state_machine",
    "Middleware": "a function of the event and get_response",
    "Any": _PLAIN,
    "State": _PLAIN,
    "Sequence[str]": "a list of strings",
    "Sequence[str|Variable]": "a list of strings",
    "Sequence[str|Executions]": "a list of names, or of what app.register_state_machine returned",
}


def _describe(kind: str) -> str:
    outer = kind.partition("[")[0]
    return _WORDS.get(kind) or {"Sequence": "a list of dicts", "Mapping": "a dict"}[outer]


def _join(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _make_hint(value: object, kinds: Iterable[str]) -> str:
    """Returns how to convert a value that is nearly right, or an empty string."""
    if type(value) in (Scoped, Variable):
        if type(value).__name__ in kinds:
            return "name and form of scoped() are strings, and sensitive of variable() is True or False."
        return "" if "Variable" in kinds else "Only names and ARNs may be scoped() or variable()."
    if issubclass(type(value), str) and "bool" in kinds:
        return 'Compare the text of an environment variable: os.environ["NAME"] == "true".'
    if issubclass(type(value), Enum):
        return "Pass the member's value."
    return "str() converts a path." if issubclass(type(value), PathLike) else ""
