"""Joins new moves with those of earlier renderings, so that Terraform accepts all of them.

Terraform rejects a move from an address that is in use, two moves to one address, and circles.

https://developer.hashicorp.com/terraform/language/block/moved
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from domovoi_tf.system.records import Record


class Reuse(Record):
    """A move away from an address that is in use, so that Terraform would reject it.

    ``end`` is the address of the moved object. ``is_kept`` tells that the move is of an earlier rendering.
    """

    old: str
    end: str
    is_kept: bool


class Joined(Record):
    """The moves that remain, by the old address, and those that cannot be."""

    moves: Mapping[str, str]
    reuses: tuple[Reuse, ...]


def join_moves(
    kept: Mapping[str, str], new: Mapping[str, str], in_use: Collection[str], given_up: Collection[str] = ()
) -> Joined:
    """Returns all moves that some stage may need, in a form that Terraform accepts.

    A move away from an address in use is dropped if it is the way back, or if the object that it moved is no
    longer in the app. Otherwise a stage that has not applied it would lose the object: a `Reuse`.

    Args:
        kept: the moves of earlier renderings, old address to new address.
        new: the moves of this rendering.
        in_use: the addresses in the app's module.
        given_up: old addresses in use whose moves may be dropped.
    """
    targets = set(new.values()) - kept.keys() - new.keys()
    moves = {old: to for old, to in kept.items() if to not in targets} | dict(new)
    remaining, reuses = dict(moves), []
    for old in sorted(moves):
        if is_in_use(old, in_use):
            end = follow(old, moves, in_use)
            if end is not None and end != old and is_in_use(end, in_use) and old not in given_up:
                reuses.append(Reuse(old, end, old not in new))
            target = remaining.pop(old)
            if end != old:  # those that came here earlier lead on
                remaining |= {each: target for each, to in remaining.items() if to == old and each not in new}
    remaining = {
        old: to for old, to in remaining.items() if old != to and follow(old, remaining, in_use) is not None
    }
    return Joined(dict(sorted(_line_up(remaining).items())), tuple(reuses))


def is_in_use(address: str, in_use: Collection[str]) -> bool:
    """Returns whether an address, or the module call that contains it, is in the app's module."""
    return address in in_use or get_call(address) in in_use


def get_call(address: str) -> str:
    """Returns the address of the module call that contains a resource, or of the block itself."""
    return ".".join(address.split(".")[:2])


def follow(address: str, moves: Mapping[str, str], in_use: Collection[str] = ()) -> str | None:
    """Returns the address at which a chain of moves ends; None if it never ends, since it is a circle.

    Args:
        address: the first address.
        moves: the moves, of which those of a module call move everything in it.
        in_use: addresses at which the chain ends, even if there is a move away from them.
    """
    seen: set[str] = set()
    while (following := _move(address, moves)) is not None:
        seen.add(address)
        address = following
        if is_in_use(address, in_use):
            return address
        if address in seen:
            return None
    return address


def _move(address: str, moves: Mapping[str, str]) -> str | None:
    if address in moves:
        return moves[address]
    call = get_call(address)
    return f"{moves[call]}{address.removeprefix(call)}" if call in moves else None


def _line_up(moves: Mapping[str, str]) -> dict[str, str]:
    """Returns moves with different targets: several to one address lead to one another, and then there."""
    chains: dict[str, list[str]] = {}
    for old in moves:
        chains.setdefault(_find_end(old, moves), []).append(old)
    return {old: to for end, each in chains.items() for old, to in _line_up_chain(each, end, moves)}


def _find_end(old: str, moves: Mapping[str, str]) -> str:
    while old in moves:
        old = moves[old]
    return old


def _line_up_chain(origins: list[str], end: str, moves: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if len({moves[old] for old in origins}) == len(origins):
        yield from ((old, moves[old]) for old in origins)
        return

    def count_steps(old: str) -> int:
        return 1 + count_steps(moves[old]) if moves[old] in moves else 1

    ordered = sorted(origins, key=lambda old: (-count_steps(old), old))
    yield from zip(ordered, [*ordered[1:], end], strict=True)
