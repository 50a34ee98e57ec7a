"""The moves of several renderings are joined so that Terraform accepts them and no stage loses anything."""

from __future__ import annotations

import pytest

from domovoi_tf.renames.chains import Reuse, join_moves


def parse(text: str) -> dict[str, str]:
    """Returns moves written as ``a>b c>d``."""
    return dict(pair.split(">") for pair in text.split())


@pytest.mark.parametrize(
    ("kept", "new", "in_use", "joined"),
    [
        pytest.param("", "a>b", "b", "a>b", id="a move"),
        pytest.param("a>b", "", "b", "a>b", id="kept"),
        pytest.param("a>b", "b>c", "c", "a>b b>c", id="chain"),
        pytest.param("a>b", "b>a", "a", "b>a", id="renamed back"),
        pytest.param("a>b b>c", "c>a", "a", "b>c c>a", id="back after two renames"),
        pytest.param("a>b b>c", "c>b", "b", "a>c c>b", id="one of two renames back: two lead to one address"),
        pytest.param("b>a", "a>b", "b", "a>b", id="back again"),
        pytest.param("b>a", "a>c", "c", "a>c b>a", id="back and on"),
        pytest.param("a>b", "", "", "a>b", id="what is no longer in the app may return"),
        pytest.param("a>b", "", "a", "", id="used again, after the moved one has gone"),
        pytest.param("a>b", "c>b", "b", "c>b", id="taken over by another one"),
        pytest.param("a>b b>c", "d>b", "b", "a>c d>b", id="taken over after the moved one has gone"),
        pytest.param("a>b c>b", "", "b", "a>c c>b", id="two branches merged"),
        pytest.param("a>b b>a", "", "c", "", id="a circle of a merge"),
        pytest.param("a>b b>a", "", "a", "b>a", id="a circle of a merge, with one in use"),
        pytest.param(
            "m.a.r>m.b.r", "m.b>m.c", "m.c", "m.a.r>m.b.r m.b>m.c", id="a resource in a moved module"
        ),
        pytest.param("a>c b>c c>d", "", "d", "a>b b>c c>d", id="two lead to one address on the way"),
    ],
)
def test_joined_moves(kept: str, new: str, in_use: str, joined: str) -> None:
    result = join_moves(parse(kept), parse(new), in_use.split())
    assert (result.moves, result.reuses) == (parse(joined), ())


@pytest.mark.parametrize(
    ("kept", "new", "in_use", "reuses"),
    [
        pytest.param("", "a>b b>a", "a b", [Reuse("a", "b", False), Reuse("b", "a", False)], id="swap"),
        pytest.param("", "a>b", "a b", [Reuse("a", "b", False)], id="used at once"),
        pytest.param("a>b", "", "a b", [Reuse("a", "b", True)], id="used before every stage has applied"),
        pytest.param("a>b b>c", "", "a c", [Reuse("a", "c", True)], id="used after two renames"),
        pytest.param("a>b", "c>a", "a b", [Reuse("a", "b", True)], id="another one moves there"),
        pytest.param("m.a.r>m.b.r", "", "m.a m.b", [Reuse("m.a.r", "m.b.r", True)], id="module used again"),
    ],
)
def test_addresses_in_use_are_not_left_alone(kept: str, new: str, in_use: str, reuses: list[Reuse]) -> None:
    assert [*join_moves(parse(kept), parse(new), in_use.split()).reuses] == reuses


def test_given_up_move_is_dropped_and_those_before_it_lead_on() -> None:
    joined = join_moves(parse("a>b b>c"), {}, ["b", "c"], given_up=["b"])
    assert (joined.moves, joined.reuses) == (parse("a>c"), ())
