"""Compares versions of domovoi-tf.

https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from collections.abc import Iterable


def sort_versions(versions: Iterable[str]) -> list[str]:
    """Returns distinct versions from the oldest to the newest; a text that is not a version counts as oldest.

    Args:
        versions: the versions, such as "0.2.0".
    """
    from packaging.version import InvalidVersion, Version

    def parse(text: str) -> tuple[Version, str]:
        try:
            return Version(text), text
        except InvalidVersion:
            return Version("0.dev0"), text

    distinct = {*versions}
    return sorted(distinct, key=parse) if len(distinct) > 1 else list(distinct)
