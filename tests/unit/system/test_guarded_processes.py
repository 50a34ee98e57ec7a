"""Guarded programs end with the process that started them, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.system.background_processes import read_start_time, wait_until
from domovoi_tf.system.guarded_processes import run_guarded, start_guarded

#: Ends only by SIGKILL. Without arguments, it waits for the first byte that guarded programs get. It starts a
#: process, and writes the IDs of both to a file.
STUBBORN = """
import os, pathlib, signal, subprocess, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
sys.argv[1:] or os.read(0, 1) or os._exit(1)
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("written").write_text(f"{os.getpid()} {other.pid}")
os.rename("written", "pids")
while True:
    sum(range(10**8))
"""
PARENT = """
import os, pathlib, subprocess, sys
from domovoi_tf.system.guarded_processes import run_guarded, start_guarded
folder = pathlib.Path.cwd()
command = [sys.executable, "-c", pathlib.Path("stubborn.py").read_text()]
if sys.argv[1] == "group":
    with start_guarded(command, folder, os.environ) as process:
        process.wait()
else:
    run_guarded([*command, "no input"], folder)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    yield tmp_path
    for pid in read_pids(tmp_path) if (tmp_path / "pids").exists() else ():
        if read_start_time(pid):
            os.kill(pid, signal.SIGKILL)


def read_pids(folder: Path) -> list[int]:
    """Returns the process IDs of the stubborn program and of the process that it has started."""
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def start_parent(folder: Path, mode: str) -> subprocess.Popen[bytes]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, mode], cwd=folder, start_new_session=True)
    assert wait_until((folder / "pids").exists, 30)
    return parent


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the process", "to the group"])
def test_killing_the_parent_kills_the_program_and_its_processes(
    folder: Path, send: object, number: signal.Signals
) -> None:
    with start_parent(folder, "group") as parent:
        assert callable(send)
        send(parent.pid, number)
    assert wait_until(lambda: not any(map(read_start_time, read_pids(folder))), 10)


def test_killing_the_parent_kills_a_program_of_its_process_group(folder: Path) -> None:
    with start_parent(folder, "alone") as parent:
        parent.kill()
    assert wait_until(lambda: read_start_time(read_pids(folder)[0]) is None, 10)


def test_program_does_not_begin_if_its_parent_was_killed_before(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; os.read(0, 1) or os._exit(7); Path('begun').touch()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE)
    process.communicate(b"")
    assert (process.returncode, (tmp_path / "begun").exists()) == (7, False)


def test_block_ends_with_the_program_and_its_processes(folder: Path) -> None:
    with start_guarded([sys.executable, "-c", STUBBORN], folder, os.environ):
        assert wait_until((folder / "pids").exists, 30)
    assert wait_until(lambda: not any(map(read_start_time, read_pids(folder))), 10)


def test_output_errors_and_exit_code(tmp_path: Path) -> None:
    code = "import sys; print(sys.stdin.read() + 'ale'); sys.stderr.buffer.write(b'\\xff'); sys.exit(3)"
    done = run_guarded([sys.executable, "-c", code], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (3, "ale\n", "\ufffd")


def test_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_guarded(["/nonexistent"], tmp_path)
    with pytest.raises(FileNotFoundError), start_guarded(["/nonexistent"], tmp_path, {}):
        pytest.fail("it was started")
