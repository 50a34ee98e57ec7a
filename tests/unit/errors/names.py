"""Names placeholders after the expressions that they stand for."""

from __future__ import annotations

import ast
import re

from .sources import get_name

#: Names of variables that mean more than they say.
RENAMED = {
    "error": "reason",
    "exc": "reason",
    "strerror": "reason",
    "msg": "reason",
    "where": "place",
    "lineno": "line",
    "each": "name",
    "what": "subject",
    "n": "number",
    "found": "resources",
    "i": "number",
    "own": "name",
    "other": "other name",
    "whole": "name",
    "thing": "resource",
    "seen": "location",
    "near": "name",
    "nearest": "name",
    "matches": "name",
    "similar": "name",
    "suggestion": "name",
    "shown": "value",
    "listed": "names",
    "match": "name",
    "self": "names",
    "item": "value",
    "texts": "value",
    "first": "name",
    "one": "name",
    "missing": "names",
    "known": "names",
    "wrong": "value",
    "since": "value",
    "ge": "minimum",
    "le": "maximum",
    "max_length": "maximum",
    "min_length": "minimum",
    "max_items": "maximum",
    "most": "maximum",
    "run": "event ID",
    "via": "name",
    "pid": "process ID",
    "tail": "details",
    "returncode": "exit code",
    "returner": "function",
    "repr": "names",
    "held": "lock",
    "holder": "process",
    "short": "name",
    "qualname": "class",
    "errno": "reason",
    "cause": "reason",
    "wanted": "version",
    "noun": "kind",
    "nouns": "kind",
    "winning": "priority",
    "losing": "requests",
    "both": "recipients",
    "circle": "names",
    "two": "name",
    "common": "events",
    "elsewhere": "to another place",
    "root": "folder",
    "project": "folder",
    "parent": "folder",
    "duplicate": "value",
    "filename": "file",
    "destination": "file",
    "committed": "file",
    "trigger": "source",
    "actual": "Region",
    "region": "Region",
    "named": "workspace",
    "present": "stages",
    "url": "URL",
    "arn": "ARN",
    "thing_name": "name",
    "unescaped": "number",
    "parts": "number",
    "operand": "value",
    "written": "value",
    "str": "version",
    "overridden": "variables",
    "who": "credentials",
    "quotas": "quota",
    "lacks": "setting",
    "has": "setting",
    "owned": "value",
    "old": "old name",
    "new": "new name",
    "end": "new name",
    "origin": "place",
    "max_bytes": "maximum",
    "maxreceivecount": "value",
    "title": "location",
    "at": "position",
    "change": "characters",
    "more": "advice",
    "inner": "filters",
    "nested": "example",
    "user": "function",
    "encrypted": "resource",
    "function_key": "function",
    "following": "character",
    "opening": "character",
    "closing": "character",
    "real": "path",
    "created": "time",
    "python": "version",
    "chalice": "decorator",
}
#: The names of attributes that other objects have with another meaning.
_ATTRIBUTES = {("meta", "title"): "expected value", ("runner", "name"): "Terraform"}
#: The names of the results of some functions.
_CALLS = {"getcwd": "folder", "_advise": "advice"}
#: Collections whose first and last items are limits.
_RANGES = {"accepted", "allowed", "ages", "priorities", "cors"}
#: Modules whose functions say less than their arguments.
_MODULES = {"os", "shlex", "json", "re", "textwrap"}
#: Attributes that say less than what has them.
_VAGUE = {"name", "text", "args", "id", "stem", "node"}
_VERBS = re.compile(
    r"^_*(?:format|describe|build|join|list|spell|get|find|make|shorten|suggest|render|quote|read|show|"
    r"locate|count|name|convert|choose|as|to)_(?=\w)"
)
_TRANSFORMS = {"sorted", "str", "repr", "ascii", "list", "tuple", "set", "min", "max", "next", "iter", "int"}


def name_value(node: ast.AST) -> str:
    """Returns the name of the placeholder for an expression."""
    if isinstance(node, ast.Name):
        return _clean(node.id)
    if isinstance(node, ast.Attribute):
        return _name_attribute(node)
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return _clean(node.slice.value)
        base = name_value(node.value)
        if base in _RANGES and isinstance(node.slice, (ast.Constant, ast.UnaryOp)):
            return "minimum" if isinstance(node.slice, ast.Constant) else "maximum"
        return base
    if isinstance(node, ast.Call):
        return _name_call(node)
    if isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
        return name_value(node.generators[0].iter)
    if isinstance(node, ast.IfExp):
        return name_value(node.body)
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.Starred, ast.FormattedValue, ast.NamedExpr, ast.Await)):
        inner = getattr(node, "left", None) or getattr(node, "value", None) or node.values[0]  # type: ignore[union-attr]
        return name_value(inner)
    return "value"


def _name_attribute(node: ast.Attribute) -> str:
    if isinstance(node.value, ast.Call) and get_name(node.value.func) == "type":
        return "type"
    base = name_value(node.value)
    if (base, node.attr) in _ATTRIBUTES:
        return _ATTRIBUTES[base, node.attr]
    if node.attr in _VAGUE and base not in ("self", "value"):
        return base
    return _clean(node.attr)


def _name_call(node: ast.Call) -> str:
    name = get_name(node.func)
    first = node.args[0] if node.args else None
    if name in _CALLS:
        return _CALLS[name]
    if isinstance(node.func, ast.Attribute) and get_name(node.func.value) in _MODULES and first is not None:
        return name_value(first)
    if name == "join" and first is not None:
        return name_value(first)
    if name in ("len", "format_count") and first is not None:
        return "number"
    if name in _TRANSFORMS and first is not None:
        return name_value(first)
    if name in ("fromkeys", "chain", "from_iterable") and first is not None:
        return name_value(first)
    if isinstance(node.func, ast.Attribute) and not first:
        return name_value(node.func.value)
    cleaned = _VERBS.sub("", name)
    if cleaned in ("name", "text", "") or cleaned == name:
        inner = node.func.value if isinstance(node.func, ast.Attribute) else first
        return name_value(inner) if inner is not None else _clean(name)
    return _clean(cleaned)


def _clean(name: str) -> str:
    plain = name.strip("_").lower()
    return RENAMED.get(plain, plain).replace("_", " ") or "value"
