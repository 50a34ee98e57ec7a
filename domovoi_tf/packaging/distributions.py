"""The distributions that an installed folder has, told by their own metadata.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

_TAG = re.compile(r"^Tag: *\S+-\S+-(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Distribution:
    """An installed distribution: its metadata folder, ``<name>-<version>.dist-info``."""

    folder: Path

    def __str__(self) -> str:
        return " ".join(self._parts)

    @property
    def name(self) -> str:
        """The normalised name. https://packaging.python.org/en/latest/specifications/name-normalization/."""
        return normalised(self._parts[0])

    @property
    def pinned(self) -> str:
        """Name and version, as a requirement pins them."""
        return "==".join(self._parts)

    @property
    def files(self) -> list[str]:
        """The names of its files below the installed folder."""
        with (self.folder / "RECORD").open(encoding="utf-8", newline="") as lines:
            return [row[0] for row in csv.reader(lines) if row]

    @property
    def pure(self) -> bool:
        """Whether its wheel runs on any machine."""
        return set(_TAG.findall(self._text("WHEEL"))) <= {"any"}

    @property
    def editable(self) -> bool:
        """Whether it is nothing but a link to a folder of this machine."""
        url = self.folder / "direct_url.json"
        return url.is_file() and bool(json.loads(url.read_bytes()).get("dir_info", {}).get("editable"))

    def needs(self, names: tuple[str, ...]) -> set[str]:
        """Returns which of these it requires without an extra."""
        pattern = rf"^Requires-Dist: *({'|'.join(names)})\b(?!.*extra *==)"
        return set(re.findall(pattern, self._text("METADATA"), re.MULTILINE))

    @property
    def _parts(self) -> tuple[str, str]:
        name, _, version = self.folder.name.removesuffix(".dist-info").partition("-")
        return name.replace("_", "-"), version

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")


def installed(folder: Path) -> tuple[Distribution, ...]:
    """Returns what a folder has.

    Args:
        folder: where packages were installed to.
    """
    return tuple(Distribution(record.parent) for record in sorted(folder.glob("*.dist-info/RECORD")))


def normalised(name: str) -> str:
    """Returns a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
