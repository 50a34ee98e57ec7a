"""Checks deployment packages and layers against Lambda's size limits, and names the largest parts.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from domovoi_tf.errors import PackageError
from domovoi_tf.system.records import Record

MEGABYTE = 1024 * 1024
ZIPPED_LIMIT = 50 * MEGABYTE
UNZIPPED_LIMIT = 250 * MEGABYTE

_MAX_LISTED = 5


class Part(Record):
    """A part of a package: a distribution with its version, or a folder of the project.

    Args:
        name: the name of the part.
        files: the number of its files.
        size: their total size in bytes, unzipped.
    """

    name: str
    files: int
    size: int


def group_parts(sizes: Iterable[tuple[str, int]]) -> tuple[Part, ...]:
    """Returns the parts of a package, largest first.

    Args:
        sizes: the name of the part and the size in bytes of each file.
    """
    files: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, size in sizes:
        files[name] += 1
        total[name] += size
    parts = (Part(name, files[name], total[name]) for name in total)
    return tuple(sorted(parts, key=lambda part: (-part.size, part.name)))


def check_unzipped(parts: Iterable[Part], layer: bool, bytecode: int = 0) -> None:
    """Checks the unzipped size of a package.

    Args:
        parts: the parts of the package and of its layer, which share the limit.
        layer: whether there is a layer.
        bytecode: the size in bytes of their bytecode.

    Raises:
        PackageError: the package is larger than Lambda accepts.
    """
    sizes = {part.name: part.size for part in parts}
    if sum(sizes.values()) > UNZIPPED_LIMIT:
        what = "The package and its layer are" if layer else "The package is"
        is_cause = sum(sizes.values()) - bytecode <= UNZIPPED_LIMIT
        raise _make_size_error(what, UNZIPPED_LIMIT, "unzipped", sizes, _advise(bytecode, is_cause))


def check_zipped(what: str, size: int, sizes: Mapping[str, int], bytecode: int = 0) -> None:
    """Checks that a zip can be uploaded to Lambda directly.

    Args:
        what: the kind of zip for error messages: ``package`` or ``layer``.
        size: its size in bytes.
        sizes: the compressed size of each part in bytes.
        bytecode: the compressed size of its bytecode in bytes.

    Raises:
        PackageError: the zip is larger than Lambda accepts.
    """
    if size > ZIPPED_LIMIT:
        more = "Or upload it through S3, which has no such limit: set package_s3 in .chalice/config.json."
        advice = _advise(bytecode, size - bytecode <= ZIPPED_LIMIT)
        raise _make_size_error(f"The {what} is", ZIPPED_LIMIT, "zipped", {**sizes}, f"{advice}\n{more}", size)


def format_size(size: int) -> str:
    """Formats a size in MB.

    Args:
        size: the size in bytes.
    """
    return f"{size / MEGABYTE:.1f} MB"


def _advise(bytecode: int, is_cause: bool) -> str:
    """Returns advice about bytecode, if only that makes a package too large."""
    if not (bytecode and is_cause):
        return ""
    return (
        f"\nOr leave out the bytecode, {format_size(bytecode)}, without which it fits: set "
        '"package_bytecode": false in .chalice/config.json.'
    )


def _make_size_error(
    what: str, limit: int, state: str, sizes: Mapping[str, int], more: str, total: int | None = None
) -> PackageError:
    shown = format_size(sum(sizes.values()) if total is None else total)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_MAX_LISTED]
    names = ", ".join(f"{name} {format_size(size)}" for name, size in largest)
    return PackageError(
        f"{what} {shown} {state}; Lambda accepts {format_size(limit)}. Largest: {names}.",
        "Remove unused files from the dependencies, vendor/ or domovoilib/, "
        f"or leave files out with --exclude.{more}",
    )
