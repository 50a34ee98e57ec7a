"""The version that rendered a tree is named, and compared with this one."""

from __future__ import annotations

import pytest

from domovoi_tf import __version__
from domovoi_tf.rendering.versions import describe_writer, is_newer, sort_versions, suggest_rendering

RENDER = "domovoi-tf render"


def test_versions_are_sorted_by_their_numbers() -> None:
    assert sort_versions(["0.10.0", "0.9.0", "0.10.0", "0.10.0rc1"]) == ["0.9.0", "0.10.0rc1", "0.10.0"]
    assert sort_versions(["1-x-y!", "0.1.0"]) == ["1-x-y!", "0.1.0"]
    assert sort_versions([]) == []


@pytest.mark.parametrize(
    ("version", "description", "remedy"),
    [
        (__version__, f"rendered by domovoi-tf {__version__}", f"Run `{RENDER}`."),
        ("", f"rendered by domovoi-tf 0.1.0, and this is {__version__}", f"Run `{RENDER}`."),
        ("0.1.9", f"rendered by domovoi-tf 0.1.9, and this is {__version__}", f"Run `{RENDER}`."),
        (
            "99.10.0",
            f"rendered by domovoi-tf 99.10.0, which is newer than this, {__version__}",
            f"Run `pip install 'domovoi-tf>=99.10.0'`; `{RENDER}` would write the files of {__version__}.",
        ),
    ],
)
def test_writer_of_a_tree_is_compared_with_this_version(version: str, description: str, remedy: str) -> None:
    assert describe_writer(version) == description
    assert suggest_rendering(version, RENDER) == remedy
    assert is_newer(version) == (version == "99.10.0")
