"""Decides what is moved in a rendering, and what the user must decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domovoi_tf.errors import Problem
from domovoi_tf.renames import problems
from domovoi_tf.renames.chains import join_moves
from domovoi_tf.renames.matching import match_blocks
from domovoi_tf.renames.problems import Details
from domovoi_tf.synthesis.addresses import Block


@dataclass(frozen=True)
class Answers:
    """The user's answers: handlers with another name, and what is not moved but destroyed.

    Args:
        renamed: the new names of handlers, by their old names.
        replaced: names of old handlers, or old addresses.
    """

    renamed: Mapping[str, str]
    replaced: Collection[str]


@dataclass(frozen=True)
class Decision:
    """The moves to render, by the old address, and the problems that prevent rendering."""

    moves: Mapping[str, str]
    problems: tuple[Problem, ...]


NO_ANSWERS = Answers({}, ())


def decide_moves(
    before: Mapping[str, Block],
    after: Mapping[str, Block],
    kept: Mapping[str, str],
    details: Details,
    answers: Answers = NO_ANSWERS,
) -> Decision:
    """Returns what is moved, and a problem for each rename that Terraform or AWS cannot perform.

    Args:
        before: what the addresses of the last rendering stood for.
        after: what those of the new rendering stand for.
        kept: the moves that the last rendering had, old address to new address.
        details: the places of the handlers, and what a replacement costs.
        answers: the user's answers.
    """
    unknown = tuple(problems.find_unknown(before, after, kept, answers.renamed, answers.replaced))
    movable = {
        address: block
        for address, block in before.items()
        if not {address, *block.handlers} & set(answers.replaced)
    }
    matches = match_blocks(movable, after, answers.renamed)
    moves = {old: new for old, new in matches.pairs.items() if old != new}
    joined = join_moves(kept, moves, after, answers.replaced)
    swapped, reuses = problems.split_swaps(joined.reuses, moves)
    reused = {reuse.old for reuse in joined.reuses}
    free = {old: new for old, new in moves.items() if old not in reused}
    found = [
        *unknown,
        *problems.find_new_names(before, after, matches.pairs, details),
        *problems.find_unclear(before, after, matches.unclear, details),
        *problems.find_swaps(before, after, swapped, details),
        *problems.find_reuses(before, after, reuses, details),
        *problems.find_occupied(before, after, free, matches.pairs, details),
    ]
    return Decision(joined.moves, tuple(found))
