"""Reads the arguments of a backend from override files and from the arguments of ``terraform init``.

Only plain strings and booleans are read.

https://developer.hashicorp.com/terraform/language/backend#partial-configuration
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: The type of a backend and its arguments.
Configuration = tuple[str, Mapping[str, Any]]
INIT_ARGUMENTS = "TF_CLI_ARGS_init"
_OVERRIDE = re.compile(r"(.*_)?override\.tf(\.json)?")
_OPTION = re.compile(r"--?backend-config(?:=(.*))?", re.DOTALL)
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BLOCK = re.compile(r'\bbackend\s+"(?P<type>\w+)"\s*\{|\b(?P<cloud>cloud)\s*\{')
_ARGUMENT = re.compile(
    r'^[ \t]*(?P<name>\w+)[ \t]*=[ \t]*(?:"(?P<text>[^"$\\\n]*)"|(?P<word>\w+))[ \t]*$', re.MULTILINE
)
_LITERALS = {"true": True, "false": False}


def read_override(root: Path) -> Configuration | None:
    """Returns the backend in an override file of a stage; None if there is none.

    Args:
        root: the stage's folder.

    https://developer.hashicorp.com/terraform/language/files/override
    """
    found = None
    for path in sorted(each for each in root.glob("*override.tf*") if _OVERRIDE.fullmatch(each.name)):
        text = path.read_text(encoding="utf-8", errors="replace")
        found = (_parse_json_block(text) if path.suffix == ".json" else _parse_block(text)) or found
    return found


def _parse_block(text: str) -> Configuration | None:
    text = _remove_comments(text)
    match = _BLOCK.search(text)
    if not match:
        return None
    return match["type"] or match["cloud"], _parse_arguments(_cut_block(text[match.end() :]))


def _parse_json_block(text: str) -> Configuration | None:
    """Returns the backend in Terraform's JSON, in which a block can be an object or an array of one."""
    with contextlib.suppress(ValueError, RecursionError, LookupError, TypeError, AttributeError):
        terraform = _unwrap(_unwrap(json.loads(text))["terraform"])
        if "cloud" in terraform:
            kind, block = "cloud", terraform["cloud"]
        else:
            ((kind, block),) = _unwrap(terraform["backend"]).items()
        values = {name: value for name, value in _unwrap(block).items() if isinstance(value, (str, bool))}
        return str(kind), {name: value for name, value in values.items() if "${" not in str(value)}
    return None


def _unwrap(block: Any) -> Any:
    return block[0] if isinstance(block, list) else block


def read_init_arguments(root: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Returns the arguments for the backend that the environment passes to ``terraform init``.

    Args:
        root: the stage's folder, to which the paths of files are relative.
        environ: the environment variables.
    """
    arguments: dict[str, Any] = {}
    for value in _list_options(environ.get(INIT_ARGUMENTS, "")):
        name, is_pair, text = value.partition("=")
        arguments |= {name: _LITERALS.get(text, text)} if is_pair else _read_file(root / value)
    return arguments


def _list_options(text: str) -> Iterator[str]:
    """Yields the values of ``-backend-config`` in arguments of a command."""
    try:
        words = iter(shlex.split(text))
    except ValueError:  # Terraform reports quotes that are not closed.
        return
    for word in words:
        if match := _OPTION.fullmatch(word):
            yield next(words, "") if match[1] is None else match[1]


def _read_file(path: Path) -> dict[str, Any]:
    """Returns the arguments in a file; none if it cannot be read, which Terraform reports."""
    try:
        text = Path(os.path.abspath(path)).read_text(encoding="utf-8")  # noqa: PTH100 - keeps symbolic links
        return dict(json.loads(text)) if path.suffix == ".json" else _parse_arguments(_remove_comments(text))
    except (OSError, ValueError, TypeError, RecursionError):
        return {}


def _remove_comments(text: str) -> str:
    return _COMMENT.sub(lambda match: match[1] or "", text)


def _cut_block(text: str) -> str:
    """Returns the text up to the brace that closes a block."""
    depth = 1
    for match in re.finditer(r'"(?:[^"\\\n]|\\.)*"|[{}]', text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return text[: match.start()]
    return text


def _parse_arguments(text: str) -> dict[str, Any]:
    """Returns the strings and booleans that are assigned in a block, but not those in its inner blocks."""
    outer, position = "", 0
    for match in re.finditer(r"[\w\"]+\s*=?\s*\{", text):
        if match.start() >= position:
            outer += text[position : match.start()]
            position = match.end() + len(_cut_block(text[match.end() :])) + 1
    outer += text[position:]
    values = {}
    for match in _ARGUMENT.finditer(outer.replace(";", "\n")):
        value = match["text"] if match["text"] is not None else _LITERALS.get(match["word"])
        if value is not None:
            values[match["name"]] = value
    return values
