"""Renews scripts of others that the console and the site contain: python tests/vendor_scripts.py

Edit the versions in FOLDER/vendor.json first. npm fetches the packages;
this program copies the files that vendor.json lists, with the licences, and writes their digests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent
CONSOLE, SITE = _ROOT / "domovoi_tf/console/static/vendor", _ROOT / "docs/assets/vendor"
FOLDERS = (CONSOLE, SITE)


def fetch_package(name: str, version: str, folder: Path) -> tarfile.TarFile:
    """Downloads one version of a package with npm, and opens its archive."""
    command = ["npm", "pack", "--json", f"{name}@{version}"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    return tarfile.open(folder / json.loads(output)[0]["filename"])


def copy_files(entry: dict[str, Any], folder: Path, vendor: Path) -> None:
    """Copies the files of one entry of vendor.json, and writes their digests into the entry."""
    with fetch_package(entry["name"], entry["version"], folder) as archive:
        for item in entry["files"]:
            member = archive.extractfile(f"package/{item['source']}")
            assert member is not None, f"{entry['name']} {entry['version']} has no {item['source']}"
            content = member.read()
            (vendor / item["file"]).write_bytes(content)
            item["sha256"] = hashlib.sha256(content).hexdigest()


def main() -> None:
    """Copies all files that vendor.json lists."""
    for vendor in FOLDERS:
        listing = vendor / "vendor.json"
        entries = json.loads(listing.read_text())
        with tempfile.TemporaryDirectory() as folder:
            for entry in entries:
                copy_files(entry, Path(folder), vendor)
        listing.write_text(json.dumps(entries, indent=2) + "\n")


if __name__ == "__main__":
    main()
