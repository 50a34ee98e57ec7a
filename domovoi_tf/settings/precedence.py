"""Which of a configuration's values counts, and where it came from.

The order is Chalice's: ``stages.<stage>.lambda_functions.<name>``, ``stages.<stage>``,
``lambda_functions.<name>``, the top level. The nearest wins; entries of what is merged add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domovoi_tf.settings.keys import FUNCTION, LISTENERS, MERGED, SYNONYMS, UNUSED
from domovoi_tf.settings.type_checks import child


@dataclass(frozen=True)
class Sourced:
    """A value and the JSON path that it came from; ``own`` says whether that is one function's."""

    value: Any
    path: str
    own: bool = False


@dataclass(frozen=True)
class Level:
    """A part of the configuration that has keys."""

    path: str
    values: Mapping[str, Any]
    own: bool = False


#: Values by key; those of what is merged by key and entry.
Effective = dict[tuple[str, ...], Sourced]


def of_stage(config: Mapping[str, Any], stage: str) -> Effective:
    """Returns a stage's values."""
    return _effective([_top(config), _stage(config, stage)])


def of_function(config: Mapping[str, Any], stage: str, name: str) -> Effective:
    """Returns one function's values in a stage."""
    levels = [_top(config), _stage(config, stage)]
    own = [_function(level, name) for level in levels]
    return _effective([levels[0], own[0], levels[1], own[1]])


def functions(config: Mapping[str, Any], stage: str) -> dict[str, str]:
    """Returns the functions that have values of their own in a stage, each with the nearest's path."""
    levels = (_top(config), _stage(config, stage))
    return {
        name: _function(level, name).path
        for level in levels
        for name in level.values.get("lambda_functions", {})
    }


def entries(effective: Effective, key: str) -> dict[str, Any]:
    """Returns the entries of what is merged, in an order that does not depend on the levels."""
    return {found[1]: effective[found].value for found in sorted(effective) if found[0] == key and found[1:]}


def levels_of(config: Mapping[str, Any], stage: str) -> Iterator[Level]:
    """Yields everything that has keys of its own and counts for a stage, from far to near."""
    for level in (_top(config), _stage(config, stage)):
        yield level
        for name in level.values.get("lambda_functions", {}):
            yield _function(level, name)


def unused(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields what Chalice would read and nothing here does, each with the reason."""
    for level in levels_of(config, stage):
        for key in level.values:
            if key in UNUSED:
                yield f"{child(level.path, key)}: is not used: {UNUSED[key]}"


def _top(config: Mapping[str, Any]) -> Level:
    return Level("$", config)


def _stage(config: Mapping[str, Any], stage: str) -> Level:
    return Level(child("$.stages", stage), config.get("stages", {}).get(stage, {}))


def _function(level: Level, name: str) -> Level:
    values = level.values.get("lambda_functions", {}).get(name, {})
    return Level(child(f"{level.path}.lambda_functions", name), values, own=True)


def _effective(levels: list[Level]) -> Effective:
    found: Effective = {}
    for level in levels:
        for key in _replaced(level.values):
            found.pop((key,), None)
        found.update(_flat(level))
    return found


def _replaced(level: Mapping[str, Any]) -> Iterator[str]:
    """Yields the keys of which a nearer level's values are the end."""
    if level.keys() & set(LISTENERS):
        yield from LISTENERS
    if level.get("manage_iam_role"):
        yield "iam_role_arn"


def _flat(level: Level) -> Iterator[tuple[tuple[str, ...], Sourced]]:
    for key, value in level.values.items():
        path = child(level.path, key)
        if key in MERGED:
            for name, item in value.items():
                yield (key, name), Sourced(item, child(path, name), level.own)
        elif key in FUNCTION or not level.own:
            yield (SYNONYMS.get(key, key),), Sourced(value, path, level.own)
