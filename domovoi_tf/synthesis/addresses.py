"""Lists the addresses in the app's module, with what each stands for, so that renames can be recognised."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.synthesis import stack
from domovoi_tf.system.records import Record

#: The kinds of blocks that belong to no trigger. The kind of a source is its resource type.
FUNCTION, ROLE, MACHINE = "function", "role", "machine"


class Block(Record):
    """The object that a Terraform address in ``app/`` stands for, whatever the address is.

    Args:
        kind: the event source kind of a trigger's module call, the resource type of a source, or
            ``function``, ``role`` or ``machine``.
        source: the source as the app spells it, or the name of the machine; empty for functions and roles.
        function: the name of the function, empty for the default function and for objects of the whole app.
        handlers: the names of the handlers that the object serves, sorted; none for sources and functions.
        names: the names on AWS that derive from the names of these handlers.
    """

    kind: str
    source: str
    function: str
    handlers: tuple[str, ...]
    names: tuple[str, ...]


def list_addresses(tree: stack.Stack) -> dict[str, Block]:
    """Returns the addresses of module calls and sources in the app's module, sorted, with their blocks.

    Resources with a fixed label, such as the package, are not among them: they never move.

    Args:
        tree: the stack.
    """
    blocks: dict[str, Block] = {}
    for address, block in _list_blocks(tree):
        blocks[address] = _merge_blocks(blocks.get(address), block)
    return dict(sorted(blocks.items()))


def _list_blocks(tree: stack.Stack) -> Iterator[tuple[str, Block]]:
    """Yields the block of each function, machine, source and trigger; triggers may share an address."""
    functions = {function.key: function.name for function in tree.functions}
    for function in tree.functions:
        yield f"module.{function.label}", Block(FUNCTION, "", function.name, (), ())
        yield f"module.{function.role_label}", Block(ROLE, "", function.name, (), ())
    for machine in tree.state_machines:
        yield f"module.{machine.label}", Block(MACHINE, machine.name, "", (), ())
    for kind in tree.kinds:
        for source in kind.sources:
            if source.owned:
                yield _identify_source(source.type, source)
        for trigger in kind.triggers:
            for source in trigger.sources:
                yield from (_identify_source(each, source) for each in source.companions)
            if trigger.call is not None:
                function_name = functions[trigger.function_name]
                block = Block(kind.name, trigger.call, function_name, (trigger.handler,), trigger.names)
                yield f"module.{trigger.label}", block


def _identify_source(resource_type: str, source: stack.Source) -> tuple[str, Block]:
    return f"{resource_type}.{source.label}", Block(resource_type, source.spelled, "", (), ())


def _merge_blocks(one: Block | None, other: Block) -> Block:
    """Returns the block of a module call that several triggers share."""
    if one is None:
        return other
    handlers = tuple(sorted({*one.handlers, *other.handlers}))
    names = tuple(sorted({*one.names, *other.names}))
    return Block(other.kind, other.source, other.function, handlers, names)
