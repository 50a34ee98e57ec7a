"""Blocks of the last rendering are found again by what they are."""

from __future__ import annotations

import pytest

from domovoi_tf.renames.matching import Group, match_blocks
from domovoi_tf.synthesis.addresses import Block


def make_block(kind: str, source: str, handler: str = "", function: str = "") -> Block:
    """Returns a block; rules have a name on AWS that derives from the handler's."""
    names = (handler,) if kind in ("schedule", "event", "alb") and not source.startswith("rule ") else ()
    return Block(kind, source, function, (handler,) if handler else (), names)


def make_blocks(*blocks: tuple[str, ...]) -> dict[str, Block]:
    """Returns blocks by address. Each begins with its address."""
    return {f"module.{label}": make_block(*rest) for label, *rest in blocks}


def find_pairs(before: dict[str, Block], after: dict[str, Block], **renamed: str) -> dict[str, str]:
    """Returns the new label of each block that was found, by the old one."""
    matches = match_blocks(before, after, renamed)
    assert matches.unclear == ()
    return {old.removeprefix("module."): new.removeprefix("module.") for old, new in matches.pairs.items()}


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("tend", "sns", "orders", "tend")],
            {"tend": "tend"},
            id="nothing changed",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("tend_orders", "sns", "orders", "tend"), ("tend_beer", "sqs", "beer", "tend")],
            {"tend": "tend_orders"},
            id="second source",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("serve", "sns", "orders", "serve")],
            {"tend": "serve"},
            id="renamed",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("serve", "sns", "beer", "serve")],
            {},
            id="another topic",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("tend", "sns", "orders", "tend", "reports")],
            {"tend": "tend"},
            id="moved to another function",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("serve", "sns", "orders", "serve", "reports")],
            {},
            id="renamed in another function",
        ),
        pytest.param(
            [("tick", "schedule", "rate(1 day)", "tick")],
            [
                ("tick_schedule", "schedule", "rate(2 days)", "tick"),
                ("tick_beer", "sqs", "beer", "tick"),
                ("tock", "schedule", "rate(1 day)", "tock"),
            ],
            {"tick": "tick_schedule"},
            id="a schedule keeps its name, not its expression",
        ),
        pytest.param(
            [("tend", "sns", "orders", "tend")],
            [("tend_beer", "sns", "beer", "tend"), ("tend_ale", "sns", "ale", "tend")],
            {},
            id="no topic becomes another one",
        ),
        pytest.param(
            [("tick", "schedule", "rate(1 day)", "tick")],
            [
                ("tick", "schedule", "rate(1 day)", "tick", "reports"),
                ("tock", "schedule", "rate(1 day)", "tock"),
            ],
            {"tick": "tick"},
            id="the handler of that name comes first",
        ),
        pytest.param(
            [("tick", "schedule", "rule nightly", "tick")],
            [("tock", "schedule", "rule nightly", "tock", "reports")],
            {"tick": "tock"},
            id="AWS has one rule of a name",
        ),
        pytest.param(
            [
                ("a", "schedule", "rate(1 day)", "a"),
                ("a_x", "sns", "x", "a"),
                ("b", "schedule", "rate(1 day)", "b"),
            ],
            [
                ("c", "schedule", "rate(1 day)", "c"),
                ("c_x", "sns", "x", "c"),
                ("d", "schedule", "rate(1 day)", "d"),
            ],
            {"a": "c", "a_x": "c_x", "b": "d"},
            id="another trigger tells the name",
        ),
        pytest.param(
            [("lambda_a", "function", "", "", "a"), ("x", "aws_sns_topic", "a_b")],
            [("lambda_a_1", "function", "", "", "a"), ("y", "aws_sns_topic", "a-b")],
            {"lambda_a": "lambda_a_1"},
            id="functions and sources have their own names",
        ),
    ],
)
def test_pairs(before: list[tuple[str, ...]], after: list[tuple[str, ...]], pairs: dict[str, str]) -> None:
    assert find_pairs(make_blocks(*before), make_blocks(*after)) == pairs


def test_handlers_of_a_shared_call_do_not_matter() -> None:
    before = {"module.s3": Block("s3", "s3_photos_sqs", "", ("one", "two"), ())}
    after = {"module.s3_1": Block("s3", "s3_photos_sqs", "", ("three",), ())}
    assert find_pairs(before, after) == {"s3": "s3_1"}


EQUAL = [("a", "schedule", "rate(1 day)", "a"), ("b", "schedule", "rate(1 day)", "b")]


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        (EQUAL, [(f"x{each[0]}", *each[1:3], f"x{each[3]}") for each in EQUAL], "ab", ("xa", "xb")),
        (EQUAL[:1], [(f"x{each[0]}", *each[1:3], f"x{each[3]}") for each in EQUAL], "a", ("xa", "xb")),
        (EQUAL, [("c", "schedule", "rate(1 day)", "c")], "ab", ("c",)),
    ],
)
def test_equal_sources_are_not_guessed(
    before: list[tuple[str, ...]], after: list[tuple[str, ...]], old: str, new: tuple[str, ...]
) -> None:
    matches = match_blocks(make_blocks(*before), make_blocks(*after), {})
    assert matches.pairs == {}
    group = Group(tuple(f"module.{each}" for each in old), tuple(f"module.{each}" for each in new))
    assert matches.unclear == (group,)


def test_answer_tells_equal_sources_apart_and_leaves_one_pair() -> None:
    after = make_blocks(("c", "schedule", "rate(1 day)", "c"), ("d", "schedule", "rate(1 day)", "d"))
    assert find_pairs(make_blocks(*EQUAL), after, a="d") == {"a": "d", "b": "c"}


def test_answer_finds_a_handler_whose_schedule_changed_too() -> None:
    after = make_blocks(("c", "schedule", "rate(2 days)", "c"))
    assert find_pairs(make_blocks(EQUAL[0]), after) == {}
    assert find_pairs(make_blocks(EQUAL[0]), after, a="c") == {"a": "c"}
