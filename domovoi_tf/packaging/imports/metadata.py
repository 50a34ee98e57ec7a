"""Checks that the package has the metadata of the distributions whose version the app reads.

https://docs.python.org/3/library/importlib.metadata.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from domovoi_tf.errors import Problem
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging.dependencies.distributions import normalize_name
from domovoi_tf.packaging.imports.guards import is_optional
from domovoi_tf.packaging.imports.package import PackagedFiles

_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"}
_METADATA = re.compile(r"([^/]+)-[^/-]*\.dist-info/METADATA")


def check_metadata(read: ReadApplication, package: PackagedFiles) -> Iterator[Problem]:
    """Yields a problem for each distribution whose version the app reads, and Lambda would not find.

    A line that reads the metadata of several distributions lists what is installed, and needs none of them.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
    """
    matches = (_METADATA.fullmatch(entry.name) for entry in (*package.own, *package.dependencies))
    names = {normalize_name(match[1]) for match in matches if match} | _RUNTIME
    counts = Counter(each.frames[0] for each in read.metadata if each.frames)
    for each in read.metadata:
        is_needed = bool(each.frames) and package.is_own_path(each.frames[0][0]) and each.name not in names
        if is_needed and counts[each.frames[0]] == 1 and not any(is_optional(*f) for f in each.frames):
            yield Problem(
                package.locate(each.frames),
                f"the package does not contain the metadata of {each.name}, which is read here"
                f"{package.format_chain(each.frames)}",
                "Only dependencies have metadata in the package. Write the version into the project, or "
                "catch importlib.metadata.PackageNotFoundError.",
            )
