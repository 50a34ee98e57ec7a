"""Selects the effective values of a configuration, and records where they come from.

The order is Chalice's: ``stages.<stage>.lambda_functions.<name>``, ``stages.<stage>``,
``lambda_functions.<name>``, the top level. The nearest value wins. Entries of merged keys are combined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.settings.keys import FUNCTION, LISTENERS, MERGED, SYNONYMS, UNUSED
from domovoi_tf.system.reading.json_nodes import join_path
from domovoi_tf.system.records import Record


class Sourced(Record):
    """A value and its JSON path. ``own`` tells whether it belongs to one function."""

    value: Any
    path: str
    own: bool = False


class Level(Record):
    """A level of the configuration: an object with keys, and its JSON path."""

    path: str
    values: Mapping[str, Any]
    own: bool = False


#: Values by key, or by key and entry if the key is merged.
Effective = dict[tuple[str, ...], Sourced]


def resolve_stage(config: Mapping[str, Any], stage: str) -> Effective:
    """Returns the effective values of a stage."""
    return _resolve_levels([_get_top_level(config), _get_stage_level(config, stage)])


def resolve_function(config: Mapping[str, Any], stage: str, name: str) -> Effective:
    """Returns the effective values of one function in a stage."""
    levels = [_get_top_level(config), _get_stage_level(config, stage)]
    own = [_get_function_level(level, name) for level in levels]
    return _resolve_levels([levels[0], own[0], levels[1], own[1]])


def list_functions(config: Mapping[str, Any], stage: str) -> dict[str, str]:
    """Returns the functions with values of their own in a stage, each with the path of the nearest level."""
    levels = (_get_top_level(config), _get_stage_level(config, stage))
    return {
        name: _get_function_level(level, name).path
        for level in levels
        for name in level.values.get("lambda_functions", {})
    }


def merge_entries(effective: Effective, key: str) -> dict[str, Any]:
    """Returns the entries of a merged key, in an order that does not depend on the levels."""
    return {name[1]: effective[name].value for name in sorted(effective) if name[0] == key and name[1:]}


def walk_levels(config: Mapping[str, Any], stage: str) -> Iterator[Level]:
    """Yields all levels that affect a stage, from far to near."""
    for level in (_get_top_level(config), _get_stage_level(config, stage)):
        yield level
        for name in level.values.get("lambda_functions", {}):
            yield _get_function_level(level, name)


def find_unused_keys(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields a notice for each key that Chalice uses and domovoi-tf does not, with the reason."""
    for level in walk_levels(config, stage):
        for key in level.values:
            if key in UNUSED:
                yield f"{join_path(level.path, key)}: is not used: {UNUSED[key]}"


def _get_top_level(config: Mapping[str, Any]) -> Level:
    return Level("$", config)


def _get_stage_level(config: Mapping[str, Any], stage: str) -> Level:
    return Level(join_path("$.stages", stage), config.get("stages", {}).get(stage, {}))


def _get_function_level(level: Level, name: str) -> Level:
    values = level.values.get("lambda_functions", {}).get(name, {})
    return Level(join_path(f"{level.path}.lambda_functions", name), values, own=True)


def _resolve_levels(levels: list[Level]) -> Effective:
    values: Effective = {}
    for level in levels:
        for key in _list_replaced_keys(level.values):
            values.pop((key,), None)
        values.update(_flatten_level(level))
    return values


def _list_replaced_keys(level: Mapping[str, Any]) -> Iterator[str]:
    """Yields the keys whose values from further levels are dropped because of the values at this level."""
    if level.keys() & set(LISTENERS):
        yield from LISTENERS
    if level.get("manage_iam_role"):
        yield "iam_role_arn"


def _flatten_level(level: Level) -> Iterator[tuple[tuple[str, ...], Sourced]]:
    for key, value in level.values.items():
        path = join_path(level.path, key)
        if key in MERGED:
            for name, item in value.items():
                yield (key, name), Sourced(item, join_path(path, name), level.own)
        elif key in FUNCTION or not level.own:
            yield (SYNONYMS.get(key, key),), Sourced(value, path, level.own)
