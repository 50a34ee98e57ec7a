"""Checks for modules of the package that Lambda imports instead of those of Python's standard library.

https://docs.python.org/3/library/sys.html#sys.stdlib_module_names
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from domovoi_tf.errors import Problem
from domovoi_tf.loading.project_modules import parse_imports
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging.contents import Entry, exclude
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.target import Target

#: The modules that versions 3.x of Python removed, and those that they added.
#: https://docs.python.org/3/whatsnew/3.13.html#removed-modules-and-apis
_REMOVED = {
    12: "asynchat asyncore distutils imp smtpd",
    13: "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes "
    "sndhdr spwd sunau telnetlib uu xdrlib",
}
_ADDED = {11: "tomllib", 14: "annotationlib compression"}
#: Packages often contain their tests under this name, and no app imports Python's own.
_HARMLESS = ("test",)


def is_in_library(name: str, target: Target) -> bool:
    """Returns whether a module that is in no package belongs to the standard library of a Lambda runtime.

    Args:
        name: the name of the module.
        target: the Lambda runtime.
    """
    minor = int(match[1]) if (match := re.fullmatch(r"3\.(\d+)", target.python)) else 0
    for version, names in _REMOVED.items():
        if name in names.split():
            return minor < version
    for version, names in _ADDED.items():
        if name in names.split():
            return minor >= version
    return name in sys.stdlib_module_names


def check_hidden_library(read: ReadApplication, package: PackagedFiles) -> Iterator[Problem]:
    """Yields a problem for each module of the standard library in use that another module hides in Lambda.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
    """
    for name, entry in _find_hiding_entries(package):
        if _is_used(name, read, package):
            yield Problem(
                entry.origin,
                f"in Lambda, {entry.name} hides Python's standard library module {name}, which the app uses",
                "Rename or remove it, or leave it out with "
                f'"package_exclude": ["{entry.name.removesuffix("/__init__.py")}"] in .chalice/config.json.',
            )


def find_hidden_library(read: ReadApplication, package: PackagedFiles) -> Iterator[str]:
    """Yields a warning for each other module of the standard library that another module hides in Lambda."""
    for name, entry in _find_hiding_entries(package):
        if name not in _HARMLESS and not _is_used(name, read, package):
            yield (
                f"{entry.origin}: in Lambda, {entry.name} hides Python's standard library module {name} from "
                "everything that the app imports: rename or remove it"
            )


def _find_hiding_entries(package: PackagedFiles) -> Iterator[tuple[str, Entry]]:
    names = {entry.name.partition("/")[0].partition(".")[0] for entry in package.list_foreign()}
    for name in sorted(names):
        if is_in_library(name, package.target):
            entry = package.lookup.find(name)
            if entry is not None and package.is_foreign(entry):
                yield name, entry


def _is_used(name: str, read: ReadApplication, package: PackagedFiles) -> bool:
    """Returns whether a module was imported from the standard library, or an own file would import it."""
    if any(module.name == name and not module.file for module in read.modules):
        return True
    sources = (
        entry
        for entry in exclude(package.own, package.excluded)
        if entry.name.endswith(".py") and entry.contents is None and not package.is_foreign(entry)
    )
    return any(
        f"{each}.".startswith(f"{name}.")
        for entry in sources
        for each in parse_imports(entry.source.read_bytes(), "")
    )
