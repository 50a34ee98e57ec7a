"""The files of the console's pages: libraries as npm has them, small, and without ways to run a payload."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from vendor_scripts import CONSOLE, FOLDERS

STATIC = CONSOLE.parent
#: All files that a browser loads, before compression.
LARGEST = 100_000
OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and CONSOLE not in path.parents)


def is_loaded(path: Path) -> bool:
    return path.is_file() and not path.name.endswith((".LICENSE.txt", "vendor.json"))


@pytest.mark.parametrize("vendor", FOLDERS, ids=["console", "site"])
def test_libraries_are_those_that_npm_has(vendor: Path) -> None:
    entries = json.loads((vendor / "vendor.json").read_text())
    listed = {item["file"]: item["sha256"] for entry in entries for item in entry["files"]}
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.iterdir()}
    del present["vendor.json"]
    assert present == listed


@pytest.mark.parametrize("vendor", FOLDERS, ids=["console", "site"])
def test_each_library_has_a_pinned_version_and_its_licence(vendor: Path) -> None:
    for entry in json.loads((vendor / "vendor.json").read_text()):
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]), entry["name"]
        (licence,) = [item["file"] for item in entry["files"] if item["file"].endswith(".LICENSE.txt")]
        assert re.search(
            "Permission is hereby granted|Apache License", (vendor / licence).read_text(), re.IGNORECASE
        )


def test_pages_are_small() -> None:
    sizes = {path: path.stat().st_size for path in STATIC.rglob("*") if is_loaded(path)}
    assert sum(sizes.values()) < LARGEST, {path.name: size for path, size in sizes.items()}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_own_files_contain_no_way_around_the_security_policy(path: Path) -> None:
    """Text becomes text nodes; scripts and styles are files; nothing comes from another host."""
    text = path.read_text()
    for pattern in (
        "innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document.write",
        r"\beval\(|new Function|setAttribute\(.style|javascript:",
        r"""\bstyle=["']|<style|<script>|\son\w+=["']""",
        r"https?://(?!www\.w3\.org/2000/svg)|@import|@font-face",
    ):
        assert re.findall(pattern, text) == [], pattern
