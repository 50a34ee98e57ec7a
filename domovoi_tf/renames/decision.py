"""Decides what is moved in a rendering, and what the user must decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domovoi_tf.errors import Problem
from domovoi_tf.renames import problems
from domovoi_tf.renames.chains import join_moves
from domovoi_tf.renames.matching import Matches, match_blocks
from domovoi_tf.renames.problems import Details
from domovoi_tf.synthesis.addresses import Block
from domovoi_tf.system.records import Record


class Answers(Record):
    """The user's answers: handlers with another name, and what is not moved but destroyed.

    Args:
        renamed: the new names of handlers, by their old names.
        replaced: names of old handlers, or old addresses. What can be moved as it is, is moved nevertheless.
    """

    renamed: Mapping[str, str]
    replaced: Collection[str]


class Decision(Record):
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
    matches = _match(before, after, answers)
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


def _match(before: Mapping[str, Block], after: Mapping[str, Block], answers: Answers) -> Matches:
    """Returns what is found again, without that which the user lets Terraform destroy.

    What can be moved as it is stays found: Terraform would destroy and create the same subscription or
    mapping at two addresses, in no certain order.
    """
    matches = match_blocks(before, after, answers.renamed)
    destroyed = {
        address
        for address, block in before.items()
        if {address, *block.handlers} & set(answers.replaced)
        and not _can_stay(address, matches.pairs, before, after)
    }
    remaining = {address: block for address, block in before.items() if address not in destroyed}
    return match_blocks(remaining, after, answers.renamed) if destroyed else matches


def _can_stay(
    old: str, pairs: Mapping[str, str], before: Mapping[str, Block], after: Mapping[str, Block]
) -> bool:
    """Returns whether a block is found again with the same names on AWS, and both addresses are free."""
    new = pairs.get(old)
    if new is None or set(before[old].names) != set(after[new].names):
        return False
    return old == new or (old not in after and (new not in before or new in pairs))
