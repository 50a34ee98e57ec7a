"""Helpers for tests of the emulator: its files and processes."""

from __future__ import annotations

from pathlib import Path

from domovoi_tf.system.background_processes import read_start_time


def list_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def has_ended(pid: int) -> bool:
    return read_start_time(pid) is None
