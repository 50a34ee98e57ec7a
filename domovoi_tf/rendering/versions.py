"""Compares the version of domovoi-tf that rendered a tree with this one.

https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from collections.abc import Iterable

from domovoi_tf import __version__

#: The version that wrote no version into the manifest.
FIRST = "0.1.0"


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


def is_newer(version: str) -> bool:
    """Whether a version is newer than this one.

    Args:
        version: the version that rendered a tree; empty for the first one.
    """
    return version not in ("", __version__) and sort_versions((version, __version__))[-1] == version


def describe_writer(version: str) -> str:
    """Returns the version that rendered a tree, and this one if it is another, as part of a sentence.

    Args:
        version: the version that rendered the tree; empty for the first one.
    """
    if version == __version__:
        return f"rendered by domovoi-tf {version}"
    relation = "which is newer than this," if is_newer(version) else "and this is"
    return f"rendered by domovoi-tf {version or FIRST}, {relation} {__version__}"


def suggest_version(version: str) -> str:
    """Returns the command that installs a version, or a newer one.

    Args:
        version: the version; empty if it is not known.
    """
    return f"pip install 'domovoi-tf>={version}'" if version else "pip install --upgrade domovoi-tf"


def suggest_rendering(version: str, command: str) -> str:
    """Returns the remedy for a tree that is out of date: rendering, or the newer version that rendered it.

    Args:
        version: the version that rendered the tree; empty for the first one.
        command: the command that renders.
    """
    if is_newer(version):
        return f"Run `{suggest_version(version)}`; `{command}` would write the files of {__version__}."
    return f"Run `{command}`."
