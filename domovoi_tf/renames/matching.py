"""Finds the blocks of the last rendering again, by what they are and not by their addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from domovoi_tf.synthesis.addresses import Block
from domovoi_tf.system.records import Record
from domovoi_tf.triggers import get_trigger_class, list_kinds

Key = Callable[[Block], Hashable | None]


class Group(Record):
    """Addresses of which nothing tells which old one is which new one."""

    old: tuple[str, ...]
    new: tuple[str, ...]


class Matches(Record):
    """The old addresses that were found again, each with its new one, and the groups that are not clear."""

    pairs: Mapping[str, str]
    unclear: tuple[Group, ...]


@dataclass
class _Search:
    """The blocks that are not found yet, by address, and those that are."""

    old: dict[str, Block]
    new: dict[str, Block]
    pairs: dict[str, str] = field(default_factory=dict)

    def pair(self, key: Key) -> list[tuple[str, str]]:
        """Pairs the blocks with the same key, if only one old and one new block have it. None is no key."""
        found = [(group.old[0], group.new[0]) for group in self.group(key) if _is_clear(group)]
        for old, new in found:
            self.pairs[old] = new
            del self.old[old], self.new[new]
        return found

    def group(self, key: Key) -> list[Group]:
        """Returns the addresses of the old and the new blocks that have the same key."""
        groups: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, blocks in enumerate((self.old, self.new)):
            for address, block in blocks.items():
                if (value := key(block)) is not None:
                    groups[value][side].append(address)
        return [Group(tuple(old), tuple(new)) for old, new in groups.values() if old and new]

    def rename(self, handlers: Mapping[str, str]) -> None:
        """Gives the handlers of the old blocks their new names."""
        for address, block in self.old.items():
            if len(block.handlers) < 2 and handlers.keys().isdisjoint(block.handlers):
                continue
            names = tuple(sorted(handlers.get(name, name) for name in block.handlers))
            self.old[address] = replace(block, handlers=names)


def match_blocks(
    before: Mapping[str, Block], after: Mapping[str, Block], renamed: Mapping[str, str]
) -> Matches:
    """Returns the blocks of an earlier rendering that are also in the new one, with both addresses.

    A block is found by its kind and by two of its source, its function and its handlers. If a handler has
    another name, then all of its blocks are searched under that name, once one of them tells the name.

    Args:
        before: the blocks of the last rendering, by address.
        after: the blocks of the new one, by address.
        renamed: the new names of handlers that the user gave, by the old names.
    """
    search = _Search(dict(sorted(before.items())), dict(sorted(after.items())))
    known_before = {name for block in before.values() for name in block.handlers}
    known_after = {name for block in after.values() for name in block.handlers}
    search.rename(renamed)
    while True:
        search.pair(lambda block: (block.kind, block.source, block.function, block.handlers))
        search.pair(_get_handler_and_source)
        search.pair(_get_handler_and_function)
        found = search.pair(_get_source_and_function)
        names = [(before[old].handlers, after[new].handlers) for old, new in found]
        new_names = {
            old[0]: new[0]
            for old, new in names
            if len(old) == len(new) == 1 and old[0] not in known_after and new[0] not in known_before
        }
        if not new_names:
            break
        search.rename(new_names)
    search.pair(_get_exclusive_source)
    return Matches(search.pairs, tuple(search.group(_get_source_and_function)))


def _is_clear(group: Group) -> bool:
    return len(group.old) == len(group.new) == 1


def _get_handler_and_source(block: Block) -> Hashable | None:
    return (block.kind, block.source, block.handlers) if block.handlers else None


def _get_handler_and_function(block: Block) -> Hashable | None:
    """Returns the key of a block with another source, if AWS knows the block by the same name."""
    return (block.kind, block.function, block.handlers) if block.names else None


def _get_source_and_function(block: Block) -> Hashable:
    return block.kind, block.source, block.function


def _get_exclusive_source(block: Block) -> Hashable | None:
    """Returns the key of a block that AWS knows by the name of its source, such as that of a rule."""
    return (block.kind, block.source) if _is_exclusive(block.kind) and not block.names else None


@cache
def _is_exclusive(kind: str) -> bool:
    """Whether triggers of a kind are exclusive. Cached, because `list_kinds` reads a folder."""
    return kind in list_kinds() and get_trigger_class(kind).exclusive
