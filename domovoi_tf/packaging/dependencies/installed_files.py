"""Removes the traces of this machine from installed packages: their files are the same on any machine.

Programs that a wheel contains stay, and so does the RECORD of its files, which importlib.metadata reads.
Launchers of entry points, which an installer generates for one machine, do not.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path

from domovoi_tf.packaging.dependencies.distributions import Distribution, list_distributions

_INSTALLER = re.compile(r"\.dist-info/(?:INSTALLER|REQUESTED|(?:direct_url|uv_cache|uv_build)\.json)$")
_PYTHON = b"#!/usr/bin/env python3\n"
#: The first lines of a script for this machine's interpreter; of three lines if its path is long.
_INTERPRETER = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*python[^\n]*\n' '''\n|#![^\n]*python[^\n]*\n")


def clean_files(folder: Path) -> None:
    """Removes the traces of this machine from installed packages.

    Args:
        folder: the folder of the installed packages.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    for distribution in list_distributions(folder):
        launchers = {f"bin/{name}" for name in _list_entry_points(distribution)}
        rows = []
        for name, *rest in distribution.rows:
            path = folder / name
            if name in launchers or _INSTALLER.search(name):
                path.unlink(missing_ok=True)
            elif name.startswith("bin/") and _rewrite_script(path):
                rows.append([name, *_describe_file(path)])
            else:
                rows.append([name, *rest])
        _write_record(distribution, sorted(rows))


def _list_entry_points(distribution: Distribution) -> list[str]:
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read(distribution.folder / "entry_points.txt", encoding="utf-8")
    except (ConfigError, UnicodeDecodeError):
        return []
    sections = ("console_scripts", "gui_scripts")
    return [name for section in sections if parser.has_section(section) for name in parser.options(section)]


def _rewrite_script(path: Path) -> bool:
    """Lets a Python script use the interpreter on PATH; returns whether the file is such a script."""
    content = path.read_bytes()
    match = _INTERPRETER.match(content)
    if match:
        path.write_bytes(_PYTHON + content[match.end() :])
    return bool(match)


def _describe_file(path: Path) -> tuple[str, str]:
    content = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}", str(len(content))


def _write_record(distribution: Distribution, rows: list[list[str]]) -> None:
    with (distribution.folder / "RECORD").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
