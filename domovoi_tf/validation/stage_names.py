"""Finds the name of the stage in literal names, and suggests ``scoped()`` for them."""

from __future__ import annotations

import re


def suggest_scoped(name: object, stage: str, app_name: str = "") -> str | None:
    """Returns the expression for a name with the name of the stage, as the source of the app would have it.

    Args:
        name: the name, a string.
        stage: the name of the stage, which must not be only a part of a word in the name.
        app_name: the name of the app, if known.

    Returns None for an ARN, and if the name does not have the stage once, or nothing else.
    """
    if not isinstance(name, str) or name.startswith("arn:"):
        return None
    own = name.removeprefix(f"{app_name}-{stage}-") if app_name else name
    if own != name and own[:1].isalnum():
        return f"scoped({own!r})"
    matches = list(re.finditer(rf"(?<![A-Za-z0-9]){re.escape(stage)}(?![A-Za-z0-9])", name))
    if len(matches) != 1 or "{" in name or "}" in name:
        return None
    head, tail = name[: matches[0].start()], name[matches[0].end() :]
    if part := re.match(r"(.*[A-Za-z0-9])(.*)", head, re.DOTALL):
        return f"scoped({part[1]!r}, form={'{name}' + part[2] + '{stage}' + tail!r})"
    if part := re.match(r"([^A-Za-z0-9]*)(.*[A-Za-z0-9].*)", tail, re.DOTALL):
        return f"scoped({part[2]!r}, form={head + '{stage}' + part[1] + '{name}'!r})"
    return None
