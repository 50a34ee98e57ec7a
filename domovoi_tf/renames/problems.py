"""Describes the renames that Terraform or AWS cannot perform, with the ways out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from domovoi_tf.errors import Problem
from domovoi_tf.renames.chains import Reuse
from domovoi_tf.renames.matching import Group
from domovoi_tf.synthesis.addresses import Block
from domovoi_tf.system.records import Record
from domovoi_tf.system.suggestions import spell

Blocks = Mapping[str, Block]
Swap = tuple[str, ...]
_NOTHING = Block("", "", "", (), ())


class Details(Record):
    """The locations of handlers, and what the replacement of their resources costs.

    Args:
        locations: the location of each declaration as ``file:line``, by handler and kind.
        costs: the cost in words, by handler and kind.
        default: the location of everything else: the app's file.
    """

    locations: Mapping[tuple[str, str], str]
    costs: Mapping[tuple[str, str], str]
    default: str = "app.py"

    def locate(self, block: Block) -> str:
        """Returns the location of the first handler of a block."""
        places = (self.locations.get((name, block.kind)) for name in block.handlers)
        return next(filter(None, places), self.default)

    def describe_cost(self, block: Block) -> str:
        """Returns the end of a sentence about what a replacement costs, or an empty string."""
        costs = (self.costs.get((name, block.kind)) for name in block.handlers)
        cost = next(filter(None, costs), "")
        return f": {cost}" if cost else ""


def find_unknown(
    before: Blocks,
    after: Blocks,
    kept: Mapping[str, str],
    renamed: Mapping[str, str],
    replaced: Collection[str],
) -> Iterator[Problem]:
    """Yields a problem for each name in the user's answers that is not known."""
    old_handlers, new_handlers = _list_handlers(before), _list_handlers(after)
    is_done = (
        f"{_list_known(old_handlers)} If it was rendered with this option already, leave the option out."
    )
    for old, new in renamed.items():
        option = f"--renamed {old}={new}"
        if old not in old_handlers:
            yield Problem(option, f"the rendered tree has no handler {old}", is_done)
        if new not in new_handlers:
            yield Problem(option, f"the app has no handler {new}", _list_known(new_handlers))
    for old in replaced:
        if old not in old_handlers and old not in before and old not in kept:
            message = f"the rendered tree has no handler and no address {old}"
            yield Problem(f"--replace {old}", message, is_done)


def find_new_names(
    before: Blocks, after: Blocks, pairs: Mapping[str, str], details: Details
) -> Iterator[Problem]:
    """Yields a problem for each renamed handler whose resources would get other names on AWS."""
    for old_address, new_address in pairs.items():
        old, new = before[old_address], after[new_address]
        if old.handlers == new.handlers or set(old.names) == set(new.names):
            continue
        one, other = ", ".join(old.handlers), ", ".join(new.handlers)
        pairs_of_names = zip(old.names, new.names, strict=False)
        changes = ", ".join(f"{name} would become {other_name}" for name, other_name in pairs_of_names)
        yield Problem(
            details.locate(new),
            f"{other} was {one} in the last rendering, and its names on AWS would change ({changes}), which "
            f"replaces what has them{details.describe_cost(new)}",
            f'Keep the names with name="{one}" in the decorator, or replace it with --replace {one}.',
        )


def find_unclear(
    before: Blocks, after: Blocks, groups: Sequence[Group], details: Details
) -> Iterator[Problem]:
    """Yields a problem for each group of triggers that only differ in the names of their handlers."""
    for group in groups:
        old = sorted({name for address in group.old for name in before[address].handlers})
        new = sorted(
            (name, details.locate(after[address]))
            for address in group.new
            for name in after[address].handlers
        )
        block = after[group.new[0]]
        places = _join([f"{name} ({location})" for name, location in new])
        handle, do = "handles" if len(old) == 1 else "handle", "does" if len(new) == 1 else "do"
        yield Problem(
            new[0][1],
            f"{_join(old)} no longer {handle} {block.kind} {block.source}, but {places} {do}: nothing tells "
            "which was renamed",
            f"Add --renamed OLD=NEW, such as --renamed {old[0]}={new[0][0]}, for each that was renamed, and "
            f"--replace OLD, such as --replace {old[0]}, for each whose resources can be destroyed.",
        )


def split_swaps(reuses: Sequence[Reuse], moves: Mapping[str, str]) -> tuple[list[Swap], list[Reuse]]:
    """Returns the circles of addresses that a rendering would exchange, and the other reuses."""
    swaps: dict[frozenset[str], Swap] = {}
    others = []
    for reuse in reuses:
        circle = [reuse.old]
        while circle[-1] in moves and moves[circle[-1]] not in circle:
            circle.append(moves[circle[-1]])
        if moves.get(circle[-1]) == reuse.old:
            swaps.setdefault(frozenset(circle), tuple(circle))
        else:
            others.append(reuse)
    return [*swaps.values()], others


def find_swaps(before: Blocks, after: Blocks, swaps: Sequence[Swap], details: Details) -> Iterator[Problem]:
    """Yields a problem for each exchange of addresses."""
    for addresses in swaps:
        names = [_get_name(before[each], each) for each in addresses]
        options = " ".join(f"--replace {name}" for name in names)
        yield Problem(
            min(details.locate(after[each]) for each in addresses),
            f"{_join(names)} have changed places, which Terraform cannot do in one step",
            "Rename one after the other, the first to a temporary name: after each rename deploy every stage "
            f"and run `{_spell_pruning()}`. Or destroy and create them with {options}"
            f"{details.describe_cost(after[addresses[0]])}.",
        )


def find_reuses(
    before: Blocks, after: Blocks, reuses: Sequence[Reuse], details: Details
) -> Iterator[Problem]:
    """Yields a problem for each address that is in use again while its earlier object may still be there."""
    for reuse in reuses:
        new, moved = (after.get(each, _NOTHING) for each in (reuse.old, reuse.end))
        name = reuse.old if reuse.is_kept else _get_name(before[reuse.old], reuse.old)
        user = f"{', '.join(new.handlers)} gets" if new.handlers else "the app uses"
        before_that = (
            f"at which a stage that has not been deployed since may still have what is now {reuse.end}",
            f"First deploy every stage without that and run `{_spell_pruning()}`. Or choose another name",
        )
        in_one_step = (
            f"from which {name} moves to {reuse.end}",
            f"First rename only, deploy every stage and run `{_spell_pruning()}`. Or choose another name",
        )
        reason, remedy = before_that if reuse.is_kept else in_one_step
        yield Problem(
            details.locate(new),
            f"{user} the address {reuse.old}, {reason}",
            f"{remedy}, or let Terraform destroy the earlier one with --replace {name}"
            f"{details.describe_cost(moved)}.",
        )


def find_occupied(
    before: Blocks, after: Blocks, moves: Mapping[str, str], pairs: Mapping[str, str], details: Details
) -> Iterator[Problem]:
    """Yields a problem for each move to an address at which another object is."""
    for old, new in moves.items():
        if new in before and new not in pairs:
            name, other = _get_name(before[old], old), _get_name(before[new], new)
            yield Problem(
                details.locate(after[new]),
                f"{name} would move from {old} to {new}, where {other} still is",
                f"First remove {other} and deploy every stage, and then rename {name}. Or destroy and create "
                f"it with --replace {name}{details.describe_cost(after[new])}.",
            )


def _list_handlers(blocks: Blocks) -> list[str]:
    return sorted({name for block in blocks.values() for name in block.handlers})


def _list_known(names: Sequence[str]) -> str:
    return f"Its handlers are {_join(names)}." if names else "It has no handlers."


def _spell_pruning() -> str:
    return spell("prune-moves")


def _get_name(block: Block, address: str) -> str:
    """Returns the name by which the user knows a block: that of its handler, or its address."""
    return block.handlers[0] if len(block.handlers) == 1 else address


def _join(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
