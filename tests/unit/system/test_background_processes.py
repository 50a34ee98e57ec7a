"""Processes that outlive a run: whether they live, and how they are stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domovoi_tf.system import background_processes
from domovoi_tf.system.background_processes import read_start_time, stop_process_group, wait_until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n"
OBEDIENT = "import time; print('ready', flush=True)\n"
SLEEP = "time.sleep(60)"


@contextmanager
def leader(code: str) -> Iterator[subprocess.Popen[str]]:
    """Starts a process that leads a group, and waits until it is ready."""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_start_time_is_of_a_live_process_and_tells_it_from_others() -> None:
    own = read_start_time(os.getpid())
    assert own
    assert own.isdigit()
    with leader(f"{OBEDIENT}{SLEEP}") as process:
        assert read_start_time(process.pid) not in (None, own)
        process.kill()
        assert wait_until(lambda: read_start_time(process.pid) is None, 10)  # a zombie until it is waited for
        process.wait()
    assert read_start_time(process.pid) is None


def test_group_is_terminated_with_its_children() -> None:
    child = (
        f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; {SLEEP}'])\n"
    )
    with leader(f"{child}{OBEDIENT}print(child.pid, flush=True)\n{SLEEP}") as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        assert read_start_time(pid)
        begun = time.monotonic()
        assert stop_process_group(process.pid, 10)
        assert time.monotonic() - begun < 9
        assert (read_start_time(pid), read_start_time(process.pid)) == (None, None)


def test_group_is_terminated_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_processes, "HAS_PROC", False)
    with leader(f"{OBEDIENT}{SLEEP}") as process:
        assert stop_process_group(process.pid, 10)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


def test_group_that_ignores_the_signal_is_killed() -> None:
    with leader(f"{STUBBORN}{SLEEP}") as process:
        begun = time.monotonic()
        assert stop_process_group(process.pid, 0.5)
        assert time.monotonic() - begun > 0.5
    assert process.returncode is not None


def test_group_that_is_gone_is_stopped() -> None:
    with leader(OBEDIENT) as process:
        process.wait()
    assert stop_process_group(process.pid, 5)


def test_waiting_ends_with_the_condition_or_the_time() -> None:
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), 10)
    begun = time.monotonic()
    assert not wait_until(lambda: False, 0.1)
    assert 0.1 <= time.monotonic() - begun < 5
    assert wait_until(lambda: True, 0)
