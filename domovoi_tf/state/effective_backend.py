"""Finds the backend that a stage uses, of which the configuration may have a part only.

Terraform merges the block in ``backend.tf`` with that of an override file, and with the ``-backend-config``
arguments of ``terraform init``, and records the result.

https://developer.hashicorp.com/terraform/language/backend#partial-configuration
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_root import Backend, read_record, resolve_backend

Configuration = tuple[str, Mapping[str, Any]]
INIT_ARGUMENTS = "TF_CLI_ARGS_init"
_OPTION = re.compile(r"--?backend-config(?:=(.*))?", re.DOTALL)
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BLOCK = re.compile(r'\bbackend\s+"(?P<type>\w+)"\s*\{|\b(?P<cloud>cloud)\s*\{')
_ARGUMENT = re.compile(
    r'^[ \t]*(?P<name>\w+)[ \t]*=[ \t]*(?:"(?P<text>[^"$\\\n]*)"|(?P<word>\w+))[ \t]*$', re.MULTILINE
)
_LITERALS = {"true": True, "false": False}


def find_backend(
    configuration: Configuration | None, root: Path, environ: Mapping[str, str], *, initialized: bool = True
) -> Backend:
    """Returns the backend of a stage: that of the last ``init``, if it completes the configuration.

    Args:
        configuration: the configured type and arguments; None for a local file.
        root: the stage's folder.
        environ: the environment variables, of which ``TF_CLI_ARGS_init`` and ``TF_DATA_DIR`` are read.
        initialized: whether to use what the last ``init`` recorded.
    """
    override = read_override(root)
    kind, arguments = override or configuration or ("local", {})
    given = read_init_arguments(root, environ)
    record = read_record(root, environ) if initialized else None
    if record and record[0] == kind:
        is_incomplete = bool(override or given) or is_partial((kind, arguments))
        if is_incomplete or _completes(record[1], kind, arguments):
            return resolve_backend(record, root)
    return resolve_backend((kind, {**arguments, **given}), root)


def _completes(recorded: Mapping[str, Any], kind: str, arguments: Mapping[str, Any]) -> bool:
    """Returns whether recorded arguments may add something to configured ones, and change none of them."""
    is_complete = kind == "local" or (kind == "s3" and "region" in arguments)
    return not is_complete and all(recorded.get(name) == value for name, value in arguments.items())


def is_partial(configuration: Configuration | None) -> bool:
    """Returns whether a configuration lacks the bucket, which ``init`` must get in another way."""
    return configuration is not None and configuration[0] == "s3" and not configuration[1].get("bucket")


def require_bucket(configuration: Configuration | None, root: Path, environ: Mapping[str, str]) -> None:
    """Checks that ``terraform init`` gets the bucket of an s3 backend.

    Args:
        configuration: the configured type and arguments; None for a local file.
        root: the stage's folder.
        environ: the environment variables.

    Raises:
        BackendError: none of the configuration, override files, environment and last ``init`` has it.
    """
    backend = find_backend(configuration, root, environ)
    if is_partial((backend.type, backend.arguments)):
        raise BackendError(
            f"The s3 backend of {root.name} has no bucket, neither in .chalice/config.json nor in "
            f"{INIT_ARGUMENTS}.",
            "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
            f'export {INIT_ARGUMENTS}="-backend-config=bucket=NAME -backend-config=region=REGION"',
        )


def read_override(root: Path) -> Configuration | None:
    """Returns the backend in an override file of a stage; None if there is none.

    Args:
        root: the stage's folder.

    https://developer.hashicorp.com/terraform/language/files/override
    """
    found = None
    for path in sorted(root.glob("*override.tf")):
        if path.name == "override.tf" or path.name.endswith("_override.tf"):
            text = _remove_comments(path.read_text(encoding="utf-8", errors="replace"))
            if match := _BLOCK.search(text):
                kind = match["type"] or match["cloud"]
                found = kind, _parse_arguments(_cut_block(text[match.end() :]))
    return found


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
