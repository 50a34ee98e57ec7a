"""The backend block of a stage's root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domovoi_tf.synthesis import stack

#: Arguments that are blocks, not attributes, in a backend's schema: those of s3 are attributes all.
_BACKEND_BLOCKS = frozenset(
    {
        ("cloud", "workspaces"),
        ("cos", "assume_role"),
        ("kubernetes", "exec"),
        ("oss", "assume_role"),
        ("remote", "workspaces"),
    }
)


def backend(configured: tuple[str, Mapping[str, Any]] | None) -> stack.Backend | None:
    """Returns a backend's block.

    Args:
        configured: its type and arguments; None for a state in a local file.
    """
    if configured is None:
        return None
    kind, arguments = configured
    blocks = {
        key: value
        for key, value in arguments.items()
        if (kind, key) in _BACKEND_BLOCKS and isinstance(value, Mapping)
    }
    rest = {key: value for key, value in arguments.items() if key not in blocks}
    return stack.Backend(type=kind, arguments=rest, blocks=blocks)
