"""What is wrong between values of several keys, levels or stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.settings import precedence
from domovoi_tf.settings.constraints import environment_size
from domovoi_tf.settings.keys import LISTENERS, SYNONYMS
from domovoi_tf.settings.precedence import Effective, Level
from domovoi_tf.settings.type_checks import child

#: What the package is built for: all stages and functions share it.
_OF_PACKAGE = ("python_version", "lambda_architecture")
_BOTH = ("subnet_ids", "security_group_ids")


def of_level(level: Level) -> Iterator[str]:
    """Yields what excludes one another at one level."""
    if level.values.keys() >= set(LISTENERS):
        yield (
            f"{level.path}: has both {' and '.join(LISTENERS)}: "
            "leave out the first to use a listener that exists, the second to make a load balancer."
        )
    for other, name in SYNONYMS.items():
        if other in level.values and name in level.values:
            yield f"{level.path}: has both {other} and {name}, which are the same: leave out the first."


def of_stage(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields what is wrong between the values that count in a stage, or for one of its functions."""
    shared = precedence.of_stage(config, stage)
    yield from _of_effective(child("$.stages", stage) if config.get("stages") else "$", shared)
    for name, path in precedence.functions(config, stage).items():
        own = precedence.of_function(config, stage, name)
        yield from _of_effective(path, own)
        yield from _of_own_role(own, shared)


def of_package(config: Mapping[str, Any]) -> Iterator[str]:
    """Yields the stages that want another package than the first, with which they share it."""
    for key in _OF_PACKAGE:
        found = [
            (stage, precedence.of_stage(config, stage).get((key,))) for stage in config.get("stages", {})
        ]
        for stage, value in found[1:]:
            first = found[0][1]
            if _plain(value) != _plain(first):
                where = (value or first or precedence.Sourced(None, "$")).path
                yield (
                    f"{where}: the stages {found[0][0]} and {stage} share app/package.zip, "
                    f"so {key} is the same for both: give it at the top level alone."
                )


def _plain(sourced: precedence.Sourced | None) -> str | None:
    return None if sourced is None else str(sourced.value).removeprefix("python")


def _of_effective(path: str, effective: Effective) -> Iterator[str]:
    yield from environment_size(
        f"{path}.environment_variables", precedence.entries(effective, "environment_variables")
    )
    yield from _of_role(effective)
    yield from _of_vpc(effective)


def _of_role(effective: Effective) -> Iterator[str]:
    managed, arn = effective.get(("manage_iam_role",)), effective.get(("iam_role_arn",))
    if arn and (managed is None or managed.value):
        yield f"{arn.path}: an existing role needs manage_iam_role: false: add that, or leave this out."
    if managed and not managed.value and not arn:
        yield f"{managed.path}: false means a role that exists: add its iam_role_arn, or leave this out."


def _of_own_role(own: Effective, shared: Effective) -> Iterator[str]:
    managed = own.get(("manage_iam_role",))
    if managed and managed.own and managed.value and ("iam_role_arn",) in shared:
        yield (
            f"{managed.path}: the other functions use the existing role {shared['iam_role_arn',].value!r}: "
            "give that to them one by one, and leave it out at the stage and the top level."
        )


def _of_vpc(effective: Effective) -> Iterator[str]:
    given = [effective.get((key,)) for key in _BOTH]
    for key, this, other in zip(_BOTH[::-1], given, given[::-1], strict=True):
        if this and this.value and not (other and other.value):
            yield f"{this.path}: Lambda takes subnets and security groups together: add {key}."
