"""Temporary files of killed processes are removed; those of live processes are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.system import atomic_files

HANG = """
import os, sys, signal
from pathlib import Path
from domovoi_tf.system import atomic_files
def hang(*_):
    print("ready", flush=True)
    signal.pause()
atomic_files._read_umask = hang
if sys.argv[2] == "file":
    atomic_files.replace_file(Path(sys.argv[1], "main.tf"), b"new")
with atomic_files.create_work_folder(Path(sys.argv[1])) as folder:
    hang()
"""


def start(folder: Path, kind: str) -> subprocess.Popen[str]:
    """Starts a process that hangs while it writes a file or uses a work folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HANG, str(folder), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_temporary_file_of_killed_process_is_removed(tmp_path: Path) -> None:
    for name in (".main.tf.mine", ".main.tf.original", ".other.tf.12345678.domovoi-tf"):
        (tmp_path / name).touch()
    before = list_names(tmp_path)
    process = start(tmp_path, "file")
    atomic_files.replace_file(tmp_path / "main.tf", b"other")
    assert len(list_names(tmp_path)) == len(before) + 2  # main.tf and the temporary file of the live process
    kill(process)
    atomic_files.remove_stale_files(tmp_path / "main.tf")
    assert list_names(tmp_path) == sorted([*before, "main.tf"])


def test_work_folder_of_killed_process_is_removed(tmp_path: Path) -> None:
    process = start(tmp_path, "folder")
    atomic_files.remove_stale_folders(tmp_path)
    assert len(list_names(tmp_path)) == 1
    kill(process)
    atomic_files.remove_stale_folders(tmp_path)
    assert list_names(tmp_path) == []
    atomic_files.remove_stale_folders(tmp_path / "missing")


@pytest.mark.parametrize(
    ("umask", "mode", "expected"), [(0o022, None, 0o644), (0o077, None, 0o600), (0, 0o400, 0o400)]
)
def test_new_file_has_the_given_mode_or_that_of_the_umask(
    tmp_path: Path, umask: int, mode: int | None, expected: int
) -> None:
    before = os.umask(umask)
    try:
        atomic_files.replace_file(tmp_path / "a", b"", mode)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == expected
