"""Reads the metadata of the distributions in a folder of installed packages.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from domovoi_tf.system.records import Record

_TAG = re.compile(r"^Tag: *\S+-\S+-(\S+)", re.MULTILINE)


class Distribution(Record):
    """An installed distribution: its metadata folder, ``<name>-<version>.dist-info``."""

    folder: Path

    def __str__(self) -> str:
        return " ".join(self._parts)

    @property
    def name(self) -> str:
        """The normalized name. https://packaging.python.org/en/latest/specifications/name-normalization/."""
        return normalize_name(self._parts[0])

    @property
    def pinned(self) -> str:
        """The requirement that pins its version, such as ``six==1.17.0``."""
        return "==".join(self._parts)

    @property
    def files(self) -> list[str]:
        """The paths of its files, relative to the folder of installed packages."""
        return [row[0] for row in self.rows]

    @property
    def rows(self) -> list[list[str]]:
        """The rows of its RECORD: path, hash and size of each file."""
        with (self.folder / "RECORD").open(encoding="utf-8", newline="") as lines:
            return [row for row in csv.reader(lines) if row]

    @property
    def is_pure(self) -> bool:
        """Whether its wheel runs on any platform."""
        return set(_TAG.findall(self._read_text("WHEEL"))) <= {"any"}

    @property
    def is_editable(self) -> bool:
        """Whether it is only a link to a folder on this machine."""
        return bool(self._read_direct_url().get("dir_info", {}).get("editable"))

    @property
    def source(self) -> Path | None:
        """The folder, archive or Git repository on this machine that it was installed from, if it was."""
        document = self._read_direct_url()
        url = urlsplit(document.get("url", ""))
        if url.scheme != "file":
            return None
        path = Path(unquote(url.path))
        return path / ".git" if "vcs_info" in document and (path / ".git").is_dir() else path

    @property
    def requirements(self) -> list[str]:
        """Its requirements, also those of its extras."""
        return self._read_headers("Requires-Dist")

    @property
    def extras(self) -> list[str]:
        """The names of its extras."""
        return self._read_headers("Provides-Extra")

    @property
    def _parts(self) -> tuple[str, str]:
        name, _, version = self.folder.name.removesuffix(".dist-info").partition("-")
        return name.replace("_", "-"), version

    def _read_headers(self, name: str) -> list[str]:
        from email.parser import HeaderParser

        headers = HeaderParser().parsestr(self._read_text("METADATA"))
        return [str(value) for value in headers.get_all(name, [])]

    def _read_direct_url(self) -> dict[str, Any]:
        """Returns the record of an installation from elsewhere than an index.

        https://packaging.python.org/en/latest/specifications/direct-url/
        """
        path = self.folder / "direct_url.json"
        document: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
        return document

    def _read_text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")


def list_distributions(folder: Path) -> tuple[Distribution, ...]:
    """Returns the distributions in a folder.

    Args:
        folder: a folder of installed packages.
    """
    return tuple(Distribution(record.parent) for record in sorted(folder.glob("*.dist-info/RECORD")))


def normalize_name(name: str) -> str:
    """Returns the form of a distribution's name that package indexes compare.

    Args:
        name: the name.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()
