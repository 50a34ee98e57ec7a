"""The tool's state folder: where it is, and files that only this user may read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.system.user_folder import (
    create_cache,
    ensure_home,
    ensure_private_folder,
    hold_lock,
    locate_cache,
    restrict_files,
    write_private_file,
)


@pytest.mark.parametrize(
    ("home", "state", "folder"),
    [
        ("{}/tool", "{}/state", "tool"),
        ("~/tool", None, "user/tool"),
        ("tool", None, "tool"),
        (None, "{}/state", "state/domovoi-tf"),
        ("", "{}/state", "state/domovoi-tf"),
        (None, "state", "user/.local/state/domovoi-tf"),
        (None, "", "user/.local/state/domovoi-tf"),
        (None, None, "user/.local/state/domovoi-tf"),
    ],
)
def test_folder_is_where_the_environment_says(
    home: str | None, state: str | None, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    for name, value in (("DOMOVOI_TF_HOME", home), ("XDG_STATE_HOME", state)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value.format(tmp_path))
    found = ensure_home()
    assert (found, found.stat().st_mode & 0o777) == (tmp_path / folder, 0o700)
    assert ensure_home() == found


def test_private_file_is_written_once_and_again_if_content_or_mode_differ(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private_file(path, "ü")
    first = path.stat()
    assert (path.read_bytes(), first.st_mode & 0o777) == ("ü".encode(), 0o600)
    write_private_file(path, "ü")
    assert path.stat().st_ino == first.st_ino
    write_private_file(path, "other")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("other", 0o600)
    path.chmod(0o644)
    write_private_file(path, "other")
    assert path.stat().st_mode & 0o777 == 0o600
    write_private_file(path, "other", 0o700)
    assert path.stat().st_mode & 0o777 == 0o700


def test_lock_is_held_by_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    code = (
        "from domovoi_tf.system.user_folder import hold_lock\nprint('waits', flush=True)\n"
        "with hold_lock('cache'): print('in')"
    )
    with hold_lock("other"), hold_lock("cache"):
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert other.stdout
        assert other.stdout.readline() == "waits\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
    assert other.communicate()[0] == "in\n"
    assert (tmp_path / "cache.lock").exists()


@pytest.mark.parametrize(
    ("before", "after"), [(0o755, 0o700), (0o777, 0o700), (0o500, 0o500), (0o1777, 0o1777)]
)
def test_existing_folder_is_closed_to_others_unless_it_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int, after: int
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(before)
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(folder))
    assert ensure_home() == folder
    assert stat.S_IMODE(folder.stat().st_mode) == after


def test_folder_of_another_user_keeps_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    ensure_private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_lock_and_files_of_other_programs_are_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    (tmp_path / "emulator.lock").touch(0o644)
    with hold_lock("emulator"):
        pass
    (tmp_path / "state").touch(0o644)
    (tmp_path / "program").touch(0o755)
    restrict_files([tmp_path / "state", tmp_path / "program", tmp_path / "missing"])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"emulator.lock": 0o600, "state": 0o600, "program": 0o700}


def test_environment_sets_the_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", "/one")
    monkeypatch.setenv("XDG_CACHE_HOME", "/two")
    monkeypatch.setenv("HOME", "/three")
    assert locate_cache() == Path("/one")
    monkeypatch.setenv("DOMOVOI_TF_HOME", "~/one")
    assert locate_cache() == Path("/three/one")
    monkeypatch.delenv("DOMOVOI_TF_HOME")
    assert locate_cache() == Path("/two/domovoi-tf")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert locate_cache() == Path("/three/.cache/domovoi-tf")


def test_cache_is_a_folder_for_this_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    folder = create_cache("templates/a")
    assert folder == tmp_path / "templates" / "a"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    assert create_cache("templates/a") == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_there_is_no_cache_that_others_can_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    assert create_cache("shared") is None
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert create_cache("of-another-user") is None


def test_there_is_no_cache_if_its_folder_cannot_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "file"))
    assert create_cache("templates") is None
    monkeypatch.setenv("DOMOVOI_TF_HOME", "~nobody-has-this-name/cache")
    assert create_cache("templates") is None
