"""Builds the command that adds an extra of domovoi-tf, from the same source as domovoi-tf itself.

A package index need not have domovoi-tf if it was installed from a clone or from the URL of a repository.

https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

NAME = "domovoi-tf"
#: For a domovoi-tf that was installed from a folder or file, which other machines do not have.
UNKNOWN_REPOSITORY = f"{NAME} @ git+URL"
_ROOT = Path(__file__).parents[3]


def build_install_command(extra: str) -> str:
    """Returns the command that installs domovoi-tf with an extra, for a shell."""
    try:
        installed = distribution(NAME)
    except PackageNotFoundError:  # a checkout on PYTHONPATH
        return f"{_build_program('pip')} {_spell_folder(str(_ROOT), extra, is_editable=True)}"
    program = _build_program((installed.read_text("INSTALLER") or "pip").strip())
    return f"{program} {_spell_source(read_direct_url(installed), extra)}"


def build_shared_requirement() -> str:
    """Returns the requirement with which other machines install the same domovoi-tf.

    It is `UNKNOWN_REPOSITORY` if the source is on this machine only.
    """
    try:
        installed = distribution(NAME)
    except PackageNotFoundError:
        return UNKNOWN_REPOSITORY
    document = read_direct_url(installed)
    if not document:
        return f"{NAME}=={installed.version}"
    if urlsplit(document["url"]).scheme == "file":
        return UNKNOWN_REPOSITORY
    commit = document.get("vcs_info", {}).get("commit_id")
    return build_requirement(
        {**document, "vcs_info": {**document["vcs_info"], "requested_revision": commit}}
        if commit
        else document
    )


def read_direct_url(installed: Distribution) -> dict[str, Any]:
    """Returns the document with the URL that a distribution was installed from; empty for a package index."""
    try:
        document = json.loads(installed.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) and isinstance(document.get("url"), str) else {}


def build_requirement(document: dict[str, Any], extra: str = "") -> str:
    """Returns the requirement for a document of `read_direct_url`, such as ``domovoi-tf[local] @ git+https://…``.

    https://pip.pypa.io/en/stable/topics/vcs-support/
    """
    name = f"{NAME}[{extra}]" if extra else NAME
    if not document:
        return name
    repository = document.get("vcs_info", {})
    prefix = f"{repository['vcs']}+" if "vcs" in repository else ""
    revision = f"@{repository['requested_revision']}" if "requested_revision" in repository else ""
    folder = f"#subdirectory={document['subdirectory']}" if "subdirectory" in document else ""
    return f"{name} @ {prefix}{document['url']}{revision}{folder}"


def _spell_source(document: dict[str, Any], extra: str) -> str:
    if "dir_info" in document:
        path = unquote(urlsplit(document["url"]).path)
        return _spell_folder(path, extra, bool(document["dir_info"].get("editable")))
    return shlex.quote(build_requirement(document, extra))


def _spell_folder(path: str, extra: str, is_editable: bool) -> str:
    return f"{'--editable ' if is_editable else ''}{shlex.quote(f'{path}[{extra}]')}"


def _build_program(installer: str) -> str:
    """Returns the program that installs into the environment of this process, and its options."""
    prefix = Path(sys.prefix)
    if (prefix / "uv-receipt.toml").is_file():
        return "uv tool install"
    if (prefix / "pipx_metadata.json").is_file():
        return "pipx install --force"
    python = shlex.quote(sys.executable)
    if installer == "uv":
        is_active = os.environ.get("VIRTUAL_ENV") == sys.prefix
        return "uv pip install" if is_active else f"uv pip install --python {python}"
    folders = os.environ.get("PATH", "").split(os.pathsep)
    is_active = sys.prefix == sys.base_prefix or str(Path(sys.executable).parent) in folders
    return "pip install" if is_active else f"{python} -m pip install"
