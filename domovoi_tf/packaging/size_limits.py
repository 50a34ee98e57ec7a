"""Lambda's limits for deployment packages and layers, and what of a package is to blame.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domovoi_tf.errors import PackageError

MEGABYTE = 1024 * 1024
ZIPPED_LIMIT = 50 * MEGABYTE
UNZIPPED_LIMIT = 250 * MEGABYTE

_SHOWN = 5


@dataclass(frozen=True)
class Part:
    """Files that came together: a distribution with its version, or a folder of the project.

    Args:
        name: what brought them.
        files: their number.
        size: their bytes, unzipped.
    """

    name: str
    files: int
    size: int


def parts(sizes: Iterable[tuple[str, int]]) -> tuple[Part, ...]:
    """Returns the parts of a package, the largest first.

    Args:
        sizes: for each file the name of its part, and its bytes.
    """
    files: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, size in sizes:
        files[name] += 1
        total[name] += size
    found = (Part(name, files[name], total[name]) for name in total)
    return tuple(sorted(found, key=lambda part: (-part.size, part.name)))


def check_unzipped(found: Iterable[Part], layer: bool) -> None:
    """Makes sure that Lambda can unpack a package.

    Args:
        found: the parts of the package, and of its layer, which counts with it.
        layer: whether there is a layer.

    Raises:
        PackageError: they are too large.
    """
    sizes = {part.name: part.size for part in found}
    if sum(sizes.values()) > UNZIPPED_LIMIT:
        what = "The package and its layer are" if layer else "The package is"
        raise _too_large(what, UNZIPPED_LIMIT, "unzipped", sizes, "")


def check_zipped(what: str, size: int, sizes: Mapping[str, int]) -> None:
    """Makes sure that a zip may be uploaded to Lambda directly.

    Args:
        what: the zip, for a message: ``package`` or ``layer``.
        size: its bytes.
        sizes: the compressed bytes of each part.

    Raises:
        PackageError: it is too large.
    """
    if size > ZIPPED_LIMIT:
        more = "Or upload it through S3, without this limit: package_s3 in .chalice/config.json."
        raise _too_large(f"The {what} is", ZIPPED_LIMIT, "zipped", {**sizes}, f"\n{more}", size)


def megabytes(size: int) -> str:
    """Returns a size for people."""
    return f"{size / MEGABYTE:.1f} MB"


def _too_large(
    what: str, limit: int, state: str, sizes: Mapping[str, int], more: str, total: int | None = None
) -> PackageError:
    shown = megabytes(sum(sizes.values()) if total is None else total)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    names = ", ".join(f"{name} {megabytes(size)}" for name, size in largest)
    return PackageError(
        f"{what} {shown} {state}; Lambda accepts {megabytes(limit)}. Largest: {names}.",
        "Remove what the functions do not use from the dependencies, vendor/ or domovoilib/, "
        f"or leave out files of theirs with --exclude.{more}",
    )
