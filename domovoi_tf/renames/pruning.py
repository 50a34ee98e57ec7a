"""Finds the moves that the state of a stage still needs.

https://developer.hashicorp.com/terraform/internals/json-format#state-representation
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

#: The call of the app's module in the root module of a stage.
_APP = "module.app."


def list_state_addresses(text: str) -> list[str]:
    """Returns the addresses of the resources of ``app/`` in a state, relative to that module.

    Args:
        text: the state as ``terraform state pull`` prints it; empty if nothing was deployed.

    Raises:
        ValueError: it is not a state.
    """
    if not text.strip():
        return []
    try:
        return sorted({*_list_resources(json.loads(text))})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a state: {error!r}") from None


def find_needed_moves(moves: Mapping[str, str], addresses: Iterable[str]) -> set[str]:
    """Returns the old addresses of the moves with which Terraform would move something.

    A move that follows another one in a chain is needed too.

    Args:
        moves: the moves, old address to new address.
        addresses: the addresses of the resources in a state.
    """
    needed: set[str] = set()
    for address in addresses:
        seen: set[str] = set()
        while (old := _find_origin(address, moves)) is not None and address not in seen:
            needed.add(old)
            seen.add(address)
            address = f"{moves[old]}{address.removeprefix(old)}"
    return needed


def _list_resources(state: Mapping[str, object]) -> Iterator[str]:
    resources = state["resources"]
    for resource in resources if isinstance(resources, list) else []:
        address = f"{resource.get('module', '')}.{resource['type']}.{resource['name']}"
        if resource["mode"] == "managed" and address.startswith(_APP):
            yield address.removeprefix(_APP)


def _find_origin(address: str, moves: Mapping[str, str]) -> str | None:
    """Returns the old address, as long as possible, of the move that moves a resource."""
    origins = (old for old in moves if f"{address}.".startswith(f"{_drop_index(old)}."))
    return max(origins, key=len, default=None)


def _drop_index(address: str) -> str:
    return address.partition("[")[0] if address.endswith("]") else address
