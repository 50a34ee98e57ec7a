"""A file that a merge put together is told from one that a person edited."""

from __future__ import annotations

import pytest

from domovoi_tf.rendering.merged_files import has_only_lines

ONE = 'module "pour" {\n  source = "./modules/sns"\n  queues = [a.arn, b.arn]\n}\n'
OTHER = 'module "tend" {\n  source = "./modules/sns"\n  queues = [a.arn, c.arn]\n}\n'
BOTH = 'module "pour" {\n}\n\nmodule "tend" {\n  queues = [a.arn, b.arn, c.arn]\n}\n'
VERSIONS = [version.encode() for version in (BOTH, ONE, OTHER)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        *(BOTH, ONE, OTHER),
        # The lines of both branches, which a union merge put in any order.
        'module "tend" {\nmodule "pour" {\n  queues = [a.arn, b.arn]\n  queues = [a.arn, c.arn]\n}\n}\n\n',
        '<<<<<<< HEAD\nmodule "tend" {\n=======\nmodule "pour" {\n>>>>>>> branch\n}\n',
        '<<<<<<< HEAD\nmodule "tend" {\n||||||| 123\nmodule "gone" {\n=======\nmodule "pour" {\n>>>>>>> b\n',
    ],
)
def test_lines_of_the_versions_and_markers_are_a_merge(content: str) -> None:
    assert has_only_lines(content.encode(), VERSIONS)


@pytest.mark.parametrize(
    "content",
    [
        BOTH + "# mine\n",
        BOTH.replace("[a.arn, b.arn, c.arn]", "[c.arn]"),
        '<<<<<<< HEAD\nmodule "mine" {\n=======\nmodule "pour" {\n>>>>>>> branch\n',
        "<<<<<<< HEAD\n||||||| 1234567\n=======\n>>>>>>> branch\nmine\n",
        "\ufeff" + BOTH,
    ],
)
def test_any_other_line_is_an_edit(content: str) -> None:
    assert not has_only_lines(content.encode(), VERSIONS)


def test_lines_of_an_unknown_version_are_an_edit() -> None:
    assert not has_only_lines(ONE.encode(), VERSIONS[:1])
    assert has_only_lines(ONE.encode(), VERSIONS[:2])


def test_binary_content_is_an_edit() -> None:
    assert not has_only_lines(b"\xff", VERSIONS)
    assert not has_only_lines(BOTH.encode(), [*VERSIONS, b"\xff"])
