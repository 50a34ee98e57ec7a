"""Builds the backend block of a stage's root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domovoi_tf.synthesis import stack

#: Arguments that are blocks in a backend's schema. All arguments of s3 are attributes.
#: https://developer.hashicorp.com/terraform/language/backend
_BACKEND_BLOCKS = frozenset(
    {
        ("cloud", "workspaces"),
        ("cos", "assume_role"),
        ("kubernetes", "exec"),
        ("oss", "assume_role"),
        ("remote", "workspaces"),
    }
)


def build_backend(backend: tuple[str, Mapping[str, Any]] | None) -> stack.Backend | None:
    """Returns the block of a backend.

    Args:
        backend: the backend's type and arguments, or None for a local state file.
    """
    if backend is None:
        return None
    kind, arguments = backend
    blocks = {
        key: value
        for key, value in arguments.items()
        if (kind, key) in _BACKEND_BLOCKS and isinstance(value, Mapping)
    }
    attributes = {key: value for key, value in arguments.items() if key not in blocks}
    return stack.Backend(type=kind, arguments=attributes, blocks=blocks)
