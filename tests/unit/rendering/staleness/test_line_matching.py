"""The lines of two texts are matched in order, also if many of them repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf.rendering.staleness.line_matching import LineMatcher

LINES = st.lists(st.sampled_from(["}", "", "a", "b", "c", "d", "e"]), max_size=12)


class Line(str):
    """A line that counts how often it is looked up."""

    hashes = 0

    def __hash__(self) -> int:
        Line.hashes += 1
        return super().__hash__()


@given(LINES, LINES)
def test_matches_are_the_same_lines_in_order(old: list[str], new: list[str]) -> None:
    i = j = 0
    for a, b, size in LineMatcher(old, new).get_matching_blocks():
        assert (a, b) >= (i, j)
        assert a >= i and b >= j
        assert old[a : a + size] == new[b : b + size]
        i, j = a + size, b + size
    assert (i, j) == (len(old), len(new))
    kept = [
        line for tag, a, b, _, _ in LineMatcher(old, new).get_opcodes() if tag == "equal" for line in old[a:b]
    ]
    assert len(kept) == sum(size for _, _, size in LineMatcher(old, new).get_matching_blocks())


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("x{a}y{b}", "y{b}x{a}", "y{b}"),
        ("{a}{b}{c}", "{a}{d}{b}{c}", "{a}{b}{c}"),
        ("{}{}{}", "{}{}", "{}{}"),
        ("ab", "cd", ""),
        ("1a2b3c", "3c1a2b", "1a2b"),
        ("", "a", ""),
    ],
)
def test_longest_series_of_unique_lines_stays(old: str, new: str, kept: str) -> None:
    matcher = LineMatcher([*old], [*new])
    assert "".join(old[a : a + size] for a, _, size in matcher.get_matching_blocks()) == kept


def test_change_in_each_of_many_blocks_takes_linear_time() -> None:
    """Each block has unique lines, a line that changes, and braces as all others."""

    def spell(value: int) -> list[str]:
        blocks = (f'module "m{n}" {{\n  x = {{\n    y = {value}\n  }}\n}}\n' for n in range(300))
        return [Line(line) for line in "".join(blocks).splitlines()]

    old, new = spell(1), spell(2)
    Line.hashes = 0
    changed = [tag for tag, *_ in LineMatcher(old, new).get_opcodes() if tag != "equal"]
    assert changed == ["replace"] * 300
    assert Line.hashes < 20 * len(old)
