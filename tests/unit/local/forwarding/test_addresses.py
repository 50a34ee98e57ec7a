"""Tests the files that tell the emulator where `dev` listens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.local.forwarding import addresses
from domovoi_tf.system import background_processes


@pytest.fixture(params=[True, False], ids=["proc", "no-proc"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the system has ``/proc``, as Linux, or not, as macOS."""
    if not request.param:
        monkeypatch.setattr(background_processes, "HAS_PROC", False)
        monkeypatch.setattr(background_processes, "_read_stat", lambda _: None)
        monkeypatch.setattr(addresses, "read_start_time", lambda _: None)
    return bool(request.param)


@pytest.mark.usefixtures("system")
def test_running_process_is_found(tmp_path: Path) -> None:
    forwarding = addresses.make_forwarding(1234, "secret", tmp_path, "dev")
    addresses.register(tmp_path, "shop-dev", forwarding)
    assert addresses.find_forwarding(tmp_path, "shop-dev") == forwarding
    assert addresses.find_forwarding(tmp_path, "other") is None
    file = tmp_path / "forwarding" / "shop-dev.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    addresses.unregister(tmp_path, "shop-dev", forwarding)
    assert not file.exists()


@pytest.mark.usefixtures("system")
def test_process_that_has_ended_is_not_found(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = background_processes.read_start_time(process.pid)
    process.wait()
    forwarding = addresses.Forwarding(1234, "secret", process.pid, started)
    addresses.register(tmp_path, "shop-dev", forwarding)
    assert addresses.read_forwarding(tmp_path, "shop-dev") == forwarding
    assert addresses.find_forwarding(tmp_path, "shop-dev") is None


@pytest.mark.skipif(not background_processes.HAS_PROC, reason="start times are in /proc")
def test_process_that_has_the_id_by_now_is_another_one(tmp_path: Path) -> None:
    addresses.register(tmp_path, "shop-dev", addresses.Forwarding(1234, "secret", os.getpid(), "1"))
    assert addresses.find_forwarding(tmp_path, "shop-dev") is None


@pytest.mark.skipif(not background_processes.HAS_PROC, reason="start times are in /proc")
def test_start_time_that_is_missing_matches_no_process() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not addresses.Forwarding(1234, "secret", process.pid, None).is_alive()


def test_address_of_another_process_stays(tmp_path: Path) -> None:
    forwarding = addresses.make_forwarding(1234, "secret", tmp_path, "dev")
    addresses.register(tmp_path, "shop-dev", forwarding)
    addresses.unregister(tmp_path, "shop-dev", forwarding._replace(port=1))
    assert addresses.read_forwarding(tmp_path, "shop-dev") == forwarding


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"port": 1}', "\0", '{"port": 1, "token": "a", "pid": 1, "x": 2}']
)
def test_broken_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "forwarding").mkdir()
    (tmp_path / "forwarding" / "shop-dev.json").write_text(text)
    assert addresses.find_forwarding(tmp_path, "shop-dev") is None


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a\0b", "x" * 5000, "\ud83c"])
def test_odd_names_of_functions_have_no_address(tmp_path: Path, name: str) -> None:
    assert addresses.find_forwarding(tmp_path, name) is None


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which ends with the test."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_projects_are_those_of_other_running_processes(
    tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    mine = addresses.make_forwarding(1, "a", tmp_path / "mine", "dev")
    started = background_processes.read_start_time(other.pid)
    theirs = addresses.Forwarding(2, "b", other.pid, started, str(tmp_path / "theirs"), "dev")
    addresses.register(tmp_path, "mine-dev", mine)
    addresses.register(tmp_path, "theirs-dev", theirs)
    addresses.register(tmp_path, "theirs-dev-reports", theirs)
    assert addresses.list_projects(tmp_path) == [str(tmp_path / "theirs")]
    other.kill()
    other.wait()
    assert addresses.list_projects(tmp_path) == []


def test_emulator_without_such_files_has_no_projects(tmp_path: Path) -> None:
    assert addresses.list_projects(tmp_path) == []
