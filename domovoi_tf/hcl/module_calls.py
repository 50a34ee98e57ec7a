"""Reads the module calls of a root module from its files, with those of the local modules that it calls."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_CALL = re.compile(r'^[ \t]*module[ \t]+"(?P<label>[^"]+)"[ \t]*\{(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r'^[ \t]*source[ \t]*=[ \t]*"([^"]*)"', re.MULTILINE)
_LOCAL = ("./", "../")


def read_module_calls(root: Path) -> dict[str, str]:
    """Returns the sources of the modules that a root module calls, directly or not, by their keys.

    The key of a call has the labels of the calls that lead to it, such as ``app.tend``. Calls in JSON syntax
    are left out.

    Args:
        root: the folder of the root module.

    https://developer.hashicorp.com/terraform/language/modules/configuration
    """
    return dict(_walk_calls(root, ""))


def find_uninstalled(calls: dict[str, str], installed: dict[str, str]) -> list[str]:
    """Returns the keys of the calls whose modules are not installed, or only from another local folder.

    The recorded source of another kind of module, such as one from a registry, is not spelled as in the call.

    Args:
        calls: the sources of the modules by key, as `read_module_calls` returns them.
        installed: the sources of the installed modules by key, as Terraform has recorded them.

    https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
    """
    return [key for key, source in calls.items() if not _is_installed(source, installed.get(key))]


def _is_installed(source: str, recorded: str | None) -> bool:
    if recorded is None:
        return False
    if not source.startswith(_LOCAL) and not recorded.startswith(_LOCAL):
        return True
    return os.path.normpath(source) == os.path.normpath(recorded)


def _walk_calls(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    for label, source in _read_folder(folder).items():
        key = f"{prefix}{label}"
        yield key, source
        if source.startswith(_LOCAL):
            yield from _walk_calls(folder / source, f"{key}.")


def _read_folder(folder: Path) -> dict[str, str]:
    """Returns the sources of the calls in a folder by label. Override files replace the sources of others."""
    sources: dict[str, str] = {}
    for path in sorted(folder.glob("*.tf"), key=lambda path: (_is_override(path), path.name)):
        for call in _CALL.finditer(path.read_text(encoding="utf-8", errors="replace")):
            if source := _SOURCE.search(call["body"]):
                sources[call["label"]] = source[1]
    return sources


def _is_override(path: Path) -> bool:
    """Returns whether Terraform merges a file into others.

    https://developer.hashicorp.com/terraform/language/files/override
    """
    return path.stem == "override" or path.stem.endswith("_override")
