"""Reads the JSON of a plan from a file that somebody else has made with ``terraform show -json``.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.text import parse_json

STDIN = "-"
_MAJOR_VERSION = "1"
_BINARY = b"PK\x03\x04"
_REMEDY = (
    "Write the JSON of a plan: `terraform plan -out=FILE`, then `terraform show -json FILE > plan.json`."
)


def read_plan_file(path: str) -> Mapping[str, Any]:
    """Returns the JSON of a plan.

    Args:
        path: the path of the file; ``-`` for standard input.

    Raises:
        TerraformError: it cannot be read, or is something else.
    """
    name = "standard input" if path == STDIN else path
    content = _read(path, name)
    if content.startswith(_BINARY):
        raise TerraformError(
            f"{name} is a plan file of Terraform, not JSON.",
            f"Run `terraform show -json {path} > plan.json` in the folder of the root module first."
            if path != STDIN
            else _REMEDY,
        )
    if not content.strip():
        raise TerraformError(f"{name} is empty.", _REMEDY)
    try:
        document = parse_json(content)
    except ValueError as error:
        raise _explain_text(name, content, error) from None
    _require_plan(name, document)
    plan: Mapping[str, Any] = document
    return plan


def _read(path: str, name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise TerraformError(f"{name} cannot be read: {error.strerror}.", _REMEDY) from None


def _explain_text(name: str, content: bytes, error: ValueError) -> TerraformError:
    first = content.lstrip().split(b"\n", 1)[0]
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        line = None
    if isinstance(line, Mapping) and "@level" in line:
        return TerraformError(f"{name} is the log of `terraform plan -json`, not a plan.", _REMEDY)
    reason = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = "it is not text"
    return TerraformError(f"{name} is not JSON: {reason}.", _REMEDY)


def _require_plan(name: str, document: Any) -> None:
    """Checks that a document is a plan, in a format that is known.

    Raises:
        TerraformError: it is something else.
    """
    if not isinstance(document, Mapping):
        raise TerraformError(f"{name} is not the JSON of a plan.", _REMEDY)
    if "lineage" in document or ("values" in document and "resource_changes" not in document):
        raise TerraformError(f"{name} is a state, not a plan.", _REMEDY)
    version = document.get("format_version")
    if not isinstance(version, str) or "terraform_version" not in document:
        raise TerraformError(f"{name} is not the JSON of a plan.", _REMEDY)
    if version.partition(".")[0] != _MAJOR_VERSION:
        is_old = version.startswith("0.")
        raise TerraformError(
            f"{name} has the format {version!r} of plans. This version of domovoi-tf reads the formats "
            f"{_MAJOR_VERSION}.x.",
            "Make the plan with Terraform 1.1 or newer."
            if is_old
            else "Install a newer version of domovoi-tf, or make the plan with an older Terraform.",
        )
    changes = document.get("resource_changes", [])
    if not isinstance(changes, list) or not all(map(_is_change, changes)):
        raise TerraformError(f"{name} is not the JSON of a plan: resource_changes is not usable.", _REMEDY)
    for member in ("configuration", "output_changes", "prior_state"):
        if not isinstance(document.get(member, {}), Mapping):
            raise TerraformError(f"{name} is not the JSON of a plan: {member} is not usable.", _REMEDY)
    if document.get("errored"):
        raise TerraformError(
            f"{name} is the plan of a run that failed, so it is incomplete.",
            "Plan again, and write the JSON of a plan that succeeded.",
        )


def _is_change(change: Any) -> bool:
    return (
        isinstance(change, Mapping)
        and all(isinstance(change.get(name), str) for name in ("address", "type", "name"))
        and isinstance(change.get("change"), Mapping)
        and isinstance(change["change"].get("actions"), list)
    )
