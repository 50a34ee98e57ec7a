"""Parses requirements files into lines, as far as uv's and pip's common format goes.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.records import Record

#: Options that name another requirements file.
INCLUDES = ("--requirement", "--constraint")
#: Options that name a folder of wheels or a package index.
LOCATIONS = ("--find-links", "--index-url", "--extra-index-url")

_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-f": "--find-links",
    "-i": "--index-url",
    "--requirements": "--requirement",
    "--constraints": "--constraint",
}
_OPTION = re.compile(r"(-[a-z]|--[a-z][a-z-]*)(?:\s*=\s*|\s+|$)(.*)", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_CONTINUED = re.compile(r"\\\r?\n")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
#: The user name and password in a URL, which change without a change of what is installed.
_USER = re.compile(r"(?<=://)[^/\s]*@")


class Line(Record):
    """A line of a requirements file.

    Args:
        option: the long name of its option, such as ``--constraint``; empty for a requirement.
        value: the argument of the option, or the requirement, without a comment.
    """

    option: str
    value: str


def parse_lines(text: str) -> Iterator[Line]:
    """Yields the lines of a requirements file that are neither empty nor comments.

    Args:
        text: the content of the file.
    """
    for line in _CONTINUED.sub("", text.lstrip("\ufeff")).splitlines():
        content = _COMMENT.sub("", line).strip()
        match = _OPTION.fullmatch(content)
        if match:
            yield Line(_SHORT.get(match[1], match[1]), match[2].strip())
        elif content:
            yield Line("", content)


def expand_variables(text: str, project: Path, environment: Mapping[str, str] | None = None) -> str:
    """Replaces ``${NAME}`` as uv does.

    Args:
        text: a part of a requirements file.
        project: the folder in which uv runs, which is its variable PROJECT_ROOT.
        environment: the environment variables (default: those of the process).
    """
    values = {"PROJECT_ROOT": str(project), **(os.environ if environment is None else environment)}
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def remove_users(text: str) -> str:
    """Removes the user names and passwords of URLs.

    Args:
        text: any text.
    """
    return _USER.sub("", text)


def read_text(path: Path) -> str:
    """Returns the content of a text file.

    Raises:
        PackageError: the file cannot be read.
    """
    return read_file(path).decode("utf-8-sig", "replace")


def read_file(path: Path) -> bytes:
    """Returns the content of a file.

    Raises:
        PackageError: the file cannot be read.
    """
    try:
        return read_regular_file(path)
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror}.", "Correct its permissions.") from error
