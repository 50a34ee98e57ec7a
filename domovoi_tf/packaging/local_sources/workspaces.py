"""Finds the uv workspace that a project is a member of.

https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.local_sources.source_tree import read_toml

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def find_workspace(project: Path) -> Path | None:
    """Returns the root of the workspace that a project is a member of; None if it is the root or no member.

    Args:
        project: the project's folder.
    """
    real = project.resolve()
    if not (real / "pyproject.toml").is_file() or _read_workspace(real) is not None:
        return None
    for root in real.parents:
        workspace = _read_workspace(root)
        if workspace is not None:
            is_excluded = _matches(root, real, workspace, "exclude")
            return root if _matches(root, real, workspace, "members") and not is_excluded else None
    return None


def find_required_members(project: Path, root: Path) -> Iterator[str]:
    """Yields the names of the packages that a project requires from its workspace.

    Args:
        project: the project's folder.
        root: the root of its workspace.
    """
    own = _read(project)
    sources = {**_get_uv(_read(root)).get("sources", {}), **_get_uv(own).get("sources", {})}
    for text in own.get("project", {}).get("dependencies", []):
        match = _NAME.match(text.strip())
        source = sources.get(match[0]) if match else None
        if isinstance(source, Mapping) and source.get("workspace") is True:
            yield match[0] if match else ""


def _matches(root: Path, project: Path, workspace: Mapping[str, Any], key: str) -> bool:
    return any(project == path.resolve() for pattern in workspace.get(key, []) for path in root.glob(pattern))


def _read_workspace(folder: Path) -> Mapping[str, Any] | None:
    workspace = _get_uv(_read(folder)).get("workspace")
    return workspace if isinstance(workspace, Mapping) else None


def _get_uv(document: Mapping[str, Any]) -> Mapping[str, Any]:
    uv: Mapping[str, Any] = document.get("tool", {}).get("uv", {})
    return uv


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / "pyproject.toml"
    try:
        return read_toml(path) if path.is_file() else {}
    except PackageError:
        return {}
