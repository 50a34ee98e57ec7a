"""A running program gets each signal once, whoever else in its process group gets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .test_installation import write_program

#: Counts the signals that it gets, and ends a while after the first.
PROGRAM = """
count() { n=$((n + 1)); echo "signal $n"; }
n=0; trap count INT TERM
touch ready
while [ $n = 0 ]; do sleep 0.05; done
sleep 0.5
exit 3
"""
#: Runs the program, and prints "ready" once both of them handle signals.
DRIVER = """
import signal, subprocess, sys, time
from pathlib import Path
from domovoi_tf.terraform.signals import forward_signals, ignore_hangup

before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
with forward_signals() as forwarder:
    with ignore_hangup():
        process = subprocess.Popen([sys.argv[1]])
    forwarder.attach(process)
    while not Path("ready").exists():
        time.sleep(0.02)
    print("ready", flush=True)
    code = process.wait()
after = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
print("exit code", code, "received", *forwarder.received, "restored", after == before, flush=True)
"""


def drive(folder: Path, program: str, signals: Callable[[int], object], prologue: str = "") -> str:
    """Runs the driver, sends it signals, and returns its output."""
    path = write_program(folder / "program", program)
    command = [sys.executable, "-c", f"{prologue}{DRIVER}", str(path)]
    with subprocess.Popen(
        command, cwd=folder, start_new_session=True, stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout
        assert driver.stdout.readline() == "ready\n"
        signals(driver.pid)
        output = driver.stdout.read()
    assert driver.returncode == 0
    return output


#: Gets a signal before it has started the program.
EARLY = """
import os, signal, subprocess, sys
from domovoi_tf.terraform.signals import forward_signals

with forward_signals() as forwarder:
    os.kill(os.getpid(), int(sys.argv[1]))
    process = subprocess.Popen(["sleep", "600"])
    forwarder.attach(process)
    print("exit code", process.wait(), "received", *forwarder.received)
"""


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGHUP, signal.SIGTERM),
    ],
)
def test_signal_before_the_program_has_started_reaches_it(number: int, sent: int) -> None:
    command = [sys.executable, "-c", EARLY, str(int(number))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"exit code {-sent} received {int(number)}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the process", "to the group"])
def test_program_gets_a_signal_once(
    folder: Path, send: Callable[[int, int], None], number: signal.Signals
) -> None:
    output = drive(folder, PROGRAM, lambda pid: send(pid, number))
    assert output == f"signal 1\nexit code 3 received {number.value} restored True\n"


def test_ignored_signals_stay_ignored(folder: Path) -> None:
    prologue = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    output = drive(
        folder, "touch ready\nsleep 0.5\nexit 5", lambda pid: os.kill(pid, signal.SIGINT), prologue
    )
    assert output == "exit code 5 received restored True\n"


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the process", "to the group"])
def test_hangup_ends_the_program_gracefully(folder: Path, send: Callable[[int, int], None]) -> None:
    def hang_up(pid: int) -> None:
        send(pid, signal.SIGHUP)
        time.sleep(0.2)  # two signals at once would arrive as one
        send(pid, signal.SIGHUP)

    number = signal.SIGHUP.value
    output = drive(folder, PROGRAM, hang_up)
    assert output == f"signal 1\nexit code 3 received {number} restored True\n"


def test_program_that_handles_hangup_does_not_get_it(folder: Path) -> None:
    """As a Go program does that found the signal ignored when it started."""
    program = PROGRAM.replace("trap count", "trap 'echo hangup; exit 9' HUP; trap count")
    output = drive(folder, program, lambda pid: os.killpg(pid, signal.SIGHUP))
    assert output == f"signal 1\nexit code 3 received {signal.SIGHUP.value} restored True\n"
