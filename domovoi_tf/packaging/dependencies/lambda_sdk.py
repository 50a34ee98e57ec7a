"""Decides whether the AWS SDK (boto3, botocore, s3transfer) can be left to Lambda's runtime.

It can if the runtime's releases satisfy every bound on the three, and still will after AWS updates them.
Otherwise all three are packaged, because only releases of the same time fit together.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.packaging.dependencies.distributions import Distribution
from domovoi_tf.packaging.dependencies.requirements import SDK, Requirements
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files
from domovoi_tf.system.records import Record

if TYPE_CHECKING:
    from domovoi_tf.packaging.dependencies.needs import Need

#: Releases that all of Lambda's Python runtimes had in August 2025; they have these or later ones.
RELEASES = dict(zip(SDK, ("1.38.36", "1.38.36", "0.13.0"), strict=True))
#: Packages that the runtime has because boto3 needs them.
COMPANIONS = ("jmespath", "python-dateutil", "six", "urllib3")
#: The modules that decide, beside this one; with another release, they may decide otherwise.
_CODE = ("lambda_sdk.py", "needs.py", "requirement_lines.py", "requirements.py", "distributions.py")


class Verdict(Record):
    """Whether the packages of the AWS SDK can be left to Lambda's runtime.

    Args:
        required: the names of those that the project or another package requires.
        unmet: the first requirement that the runtime may not satisfy; None if it satisfies all, or is to be
            used anyway.
        has_extras: whether one is required with an extra, whose packages the runtime does not have.
        removable: the names of the installed packages that the runtime makes superfluous.
    """

    required: frozenset[str]
    unmet: Need | None
    has_extras: bool
    removable: frozenset[str]


def judge_sdk(packages: Collection[Distribution], requirements: Requirements, target: Target) -> Verdict:
    """Decides whether the packages of the AWS SDK can be left to Lambda's runtime.

    Args:
        packages: the installed packages, with or without those of the SDK.
        requirements: the file that lists the project's requirements.
        target: the Lambda runtime.

    Raises:
        PackageError: a file cannot be read.
    """
    needs = _find_other_needs(packages, requirements, target)
    required = {need.name for need in needs if not need.is_constraint}
    relevant = [need for need in needs if need.name in required & {*SDK}]
    unmet = next((need for need in relevant if not _is_met(need)), None)
    if requirements.boto3 is False:
        unmet = None  # the user takes what the runtime has
    replaceable = frozenset() if unmet else {*SDK} | ({*COMPANIONS} - required)
    return Verdict(
        required=frozenset(required & {*SDK}),
        unmet=unmet,
        has_extras=any(need.requirement.extras for need in relevant),
        removable=frozenset(replaceable & {each.name for each in packages}),
    )


def describe_verdict(
    folder: Path, packages: Collection[Distribution], requirements: Requirements, target: Target
) -> tuple[tuple[str, ...], str]:
    """Returns the packages of the AWS SDK that are required, and the requirement that is not satisfied.

    They are kept beside the folder, whose name stands for all that determines them. Parsing the requirements
    takes as long as listing the files of a package.

    Args:
        folder: the folder of the installed packages.
        packages: these packages.
        requirements: the file that lists the project's requirements.
        target: the Lambda runtime.

    Raises:
        PackageError: a file cannot be read.
        OSError: the result cannot be written.
    """
    code = b"".join(Path(__file__).with_name(name).read_bytes() for name in _CODE)
    cache = folder.with_name(f"{folder.name}.{hashlib.sha256(code).hexdigest()[:16]}.sdk.json")
    kept = _read_cache(cache)
    if kept is None:
        verdict = judge_sdk(packages, requirements, target)
        kept = tuple(sorted(verdict.required)), str(verdict.unmet or "")
        atomic_files.replace_file(cache, json.dumps(kept).encode(), 0o600)
    return kept


def _read_cache(cache: Path) -> tuple[tuple[str, ...], str] | None:
    try:
        required, unmet = json.loads(cache.read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    is_valid = isinstance(required, list) and {*map(type, required), type(unmet)} == {str}
    return (tuple(required), unmet) if is_valid else None


def _find_other_needs(
    packages: Collection[Distribution], requirements: Requirements, target: Target
) -> list[Need]:
    """Returns the requirements of everything that stays in the package even without the SDK."""
    from domovoi_tf.packaging.dependencies.needs import find_needs

    others = [each for each in packages if each.name not in (*SDK, *COMPANIONS)]
    while True:
        needs = find_needs(others, requirements, target)
        names = {need.name for need in needs}
        more = [each for each in packages if each.name in COMPANIONS and each.name in names]
        if all(each in others for each in more):
            return needs
        others += [each for each in more if each not in others]


def _is_met(need: Need) -> bool:
    """Returns whether the known release meets a requirement, and every later one of its major version."""
    release = RELEASES[need.name]
    latest = f"{release.partition('.')[0]}.99999"
    return not need.requirement.url and all(
        need.requirement.specifier.contains(version, prereleases=True) for version in (release, latest)
    )
