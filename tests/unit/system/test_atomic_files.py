"""What a killed process leaves beside a file goes with the next write; what a live one uses does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from domovoi_tf.system import atomic_files

HANG = """
import os, sys, signal
from pathlib import Path
from domovoi_tf.system import atomic_files
def hang(*_):
    print("there", flush=True)
    signal.pause()
atomic_files._umask = hang
if sys.argv[2] == "file":
    atomic_files.replace(Path(sys.argv[1], "main.tf"), b"new")
with atomic_files.work_folder(Path(sys.argv[1])) as folder:
    hang()
"""


def start(folder: Path, what: str) -> subprocess.Popen[str]:
    """Starts a process that hangs in the middle of a change."""
    process = subprocess.Popen(
        [sys.executable, "-c", HANG, str(folder), what], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_left_beside_a_file(tmp_path: Path) -> None:
    for own in (".main.tf.mine", ".main.tf.original", ".other.tf.12345678.domovoi-tf"):
        (tmp_path / own).touch()
    before = names(tmp_path)
    process = start(tmp_path, "file")
    atomic_files.replace(tmp_path / "main.tf", b"other")
    assert len(names(tmp_path)) == len(before) + 2  # main.tf, and what is being written still
    kill(process)
    atomic_files.sweep(tmp_path / "main.tf")
    assert names(tmp_path) == sorted([*before, "main.tf"])


def test_folders_that_are_left(tmp_path: Path) -> None:
    process = start(tmp_path, "folder")
    atomic_files.sweep_folders(tmp_path)
    assert len(names(tmp_path)) == 1
    kill(process)
    atomic_files.sweep_folders(tmp_path)
    assert names(tmp_path) == []
    atomic_files.sweep_folders(tmp_path / "missing")
