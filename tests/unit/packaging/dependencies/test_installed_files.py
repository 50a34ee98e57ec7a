"""Installed packages keep their programs and records, without traces of the machine; without network."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from package_index import use_index, write_files

from domovoi_tf.packaging.build import Target, build

ABOUT = "tool-1.dist-info"
WHEEL = {
    "tool/__init__.py": "",
    "tool-1.data/scripts/tool": "\x7fELF, a program",
    "tool-1.data/scripts/helper": "#!/bin/sh\nexec tool\n",
    "tool-1.data/scripts/check": "#!python\nprint('checked')\n",
    "tool-1.data/data/share/tool.txt": "data",
    f"{ABOUT}/METADATA": "Metadata-Version: 2.1\nName: tool\nVersion: 1\n",
    f"{ABOUT}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{ABOUT}/entry_points.txt": "[console_scripts]\nLaunch = tool:main\n[gui_scripts]\nwindow = tool:main\n",
}
#: Prints the record of the files, whether each is right, and the distribution of the module.
READ = """
import base64, hashlib, sys
sys.path.insert(0, sys.argv[1])
import importlib.metadata as metadata
files = metadata.files("tool")
print(sorted(map(str, files)))
digests = [(hashlib.sha256(each.locate().read_bytes()).digest(), each.hash) for each in files if each.hash]
print({base64.urlsafe_b64encode(digest).decode().rstrip("=") == hash.value for digest, hash in digests})
print({each.size == each.locate().stat().st_size for each in files if each.size})
print(metadata.packages_distributions()["tool"])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The unpacked package of a project that requires a wheel with programs."""
    index = use_index(tmp_path, monkeypatch)
    with zipfile.ZipFile(index / "tool-1-py3-none-any.whl", "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
        archive.writestr(f"{ABOUT}/RECORD", "".join(f"{name},,\n" for name in [*WHEEL, f"{ABOUT}/RECORD"]))
    project = write_files(tmp_path / "project", {"app.py": "", "requirements.txt": "tool\n"})
    made = build(project, tmp_path / "package.zip", Target(), ())
    with zipfile.ZipFile(made.zip.path) as archive:
        for info in archive.infolist():
            path = Path(archive.extract(info, tmp_path / "task"))
            path.chmod(info.external_attr >> 16 & 0o777)
    return tmp_path / "task"


def test_programs_stay_and_launchers_do_not(folder: Path) -> None:
    programs = sorted((folder / "bin").iterdir())
    assert [path.name for path in programs] == ["check", "helper", "tool"]
    assert {path.stat().st_mode & 0o777 for path in programs} == {0o755}
    assert (folder / "bin/tool").read_text() == WHEEL["tool-1.data/scripts/tool"]
    assert (folder / "bin/helper").read_text() == WHEEL["tool-1.data/scripts/helper"]


def test_python_script_uses_the_interpreter_on_path(folder: Path) -> None:
    assert (folder / "bin/check").read_text() == "#!/usr/bin/env python3\nprint('checked')\n"
    assert subprocess.run([folder / "bin/check"], capture_output=True, check=True).stdout == b"checked\n"


def test_record_describes_exactly_the_files(folder: Path) -> None:
    command = [sys.executable, "-I", "-c", READ, str(folder)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    packaged = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    own = sorted(name for name in packaged if not name.startswith(("domovoi_tf/", "app.py")))
    assert lines == [str(own), "{True}", "{True}", "['tool']"]
    assert {f"{ABOUT}/RECORD", f"{ABOUT}/entry_points.txt", "share/tool.txt", "tool/__init__.py"} <= {*own}
