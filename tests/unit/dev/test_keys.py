"""Keys of a real terminal, whose settings are restored however the program ends or stops."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest
from pexpect import fdpexpect
from polling import wait_until

from domovoi_tf.dev.keys import read_keys

PATIENCE = 30.0
READER = """
import asyncio
from domovoi_tf.dev.keys import read_keys

async def main():
    async for key in read_keys(asyncio.get_running_loop()):
        print(f"<{key!r}>", flush=True)
        if key == "q":
            break
        if key == "?":
            raise RuntimeError("boom")
    print("over", flush=True)

asyncio.run(main())
"""
#: A shell with job control in a few lines: it stops and continues its job when it gets a line.
SHELL = f"""
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = subprocess.Popen([sys.executable, "-c", {READER!r}], preexec_fn=os.setpgrp)
os.tcsetpgrp(0, job.pid)
_, status = os.waitpid(job.pid, os.WUNTRACED)
os.tcsetpgrp(0, os.getpgrp())
print("stopped" if os.WIFSTOPPED(status) else f"ended {{status}}", flush=True)
sys.stdin.readline()
os.kill(job.pid, signal.SIGCONT)
print("in background", flush=True)
sys.stdin.readline()
os.tcsetpgrp(0, job.pid)
_, status = os.waitpid(job.pid, 0)
os.tcsetpgrp(0, os.getpgrp())
print(f"exit {{os.waitstatus_to_exitcode(status)}}", flush=True)
"""


class Terminal:
    """A terminal with a program."""

    def __init__(self, code: str) -> None:
        self._ours, self._theirs = pty.openpty()
        self.before = self.read_settings()
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n{code}"],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
        )
        self._expect = fdpexpect.fdspawn(self._ours, encoding="utf-8", timeout=PATIENCE)

    def close(self) -> None:
        """Ends the program."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._theirs)
        with contextlib.suppress(OSError):
            os.close(self._ours)

    def hang_up(self) -> None:
        """Closes the terminal, as when its window is closed."""
        os.close(self._ours)

    def press(self, keys: str) -> None:
        """Presses keys."""
        self._expect.send(keys)

    def expect(self, text: str) -> None:
        """Waits for a text."""
        self._expect.expect_exact(text)

    def expect_no_echo(self, keys: str) -> None:
        """Waits for the end of the output, and checks that the keys are not in it."""
        self._expect.expect_exact("over")
        assert keys not in self._expect.before

    def read_settings(self) -> list[Any]:
        """Returns the settings of the terminal."""
        return termios.tcgetattr(self._theirs)

    @property
    def is_canonical(self) -> bool:
        """Whether the terminal gives whole lines to programs, and shows what is typed."""
        flags = termios.ICANON | termios.ECHO
        return bool(self.read_settings()[3] & flags == flags)

    def press_until(self, key: str, text: str) -> None:
        """Presses a key again and again until a text is shown: a key just after others is read with them."""

        def is_shown() -> bool:
            self.press(key)
            return bool(self._expect.expect_exact([text, pexpect.TIMEOUT], timeout=0.2) == 0)

        assert wait_until(is_shown, PATIENCE)

    def wait_for_cbreak(self) -> None:
        """Waits until the program reads keys."""
        assert wait_until(lambda: not self.is_canonical, PATIENCE)


@contextlib.contextmanager
def open_terminal(code: str = READER) -> Iterator[Terminal]:
    terminal = Terminal(code)
    try:
        yield terminal
    finally:
        terminal.close()


def test_keys_are_read_without_enter() -> None:
    with open_terminal() as terminal:
        terminal.wait_for_cbreak()
        for key, read in (("r", "r"), ("C", "c"), ("\r", "\n"), ("\n", "\n")):
            terminal.press(key)
            terminal.expect(f"<{read!r}>")
        terminal.press("q")
        terminal.expect("<'q'>")
        terminal.expect("over")
        assert terminal.process.wait(PATIENCE) == 0
        assert terminal.read_settings() == terminal.before


def test_other_keys_and_pasted_text_are_ignored_and_not_shown() -> None:
    with open_terminal() as terminal:
        terminal.wait_for_cbreak()
        terminal.press("x\x1b[C\x1bOCé")
        terminal.press("\x04")
        terminal.expect_no_echo("x")


def test_pasted_text_is_ignored() -> None:
    with open_terminal() as terminal:
        terminal.wait_for_cbreak()
        terminal.press("a quick recipe quarrel")
        terminal.press_until("c", "<'c'>")


def test_settings_are_restored_after_an_exception() -> None:
    with open_terminal() as terminal:
        terminal.wait_for_cbreak()
        terminal.press("?")
        terminal.expect("boom")
        assert terminal.process.wait(PATIENCE) == 1
        assert terminal.read_settings() == terminal.before


def test_settings_are_restored_after_ctrl_c() -> None:
    with open_terminal() as terminal:
        terminal.wait_for_cbreak()
        terminal.press("\x03")
        terminal.expect("KeyboardInterrupt")
        terminal.process.wait(PATIENCE)
        assert terminal.read_settings() == terminal.before


def test_closed_terminal_ends_the_keys() -> None:
    code = f"import signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n{READER}"
    with open_terminal(code.replace('print("over", flush=True)', "sys.exit(7)")) as terminal:
        terminal.wait_for_cbreak()
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 7


def test_ctrl_z_restores_the_settings_and_going_on_reads_keys_again() -> None:
    with open_terminal(SHELL) as terminal:
        terminal.wait_for_cbreak()
        terminal.press("r")
        terminal.expect("<'r'>")
        terminal.press("\x1a")
        terminal.expect("stopped")
        assert terminal.read_settings() == terminal.before
        terminal.press("go on\n")
        terminal.expect("in background")
        # A program in the background leaves keys and settings to the shell, and is not stopped for them.
        terminal.press("to the foreground\n")
        terminal.wait_for_cbreak()
        terminal.press("c")
        terminal.expect("<'c'>")
        terminal.press("q")
        terminal.expect("exit 0")
        assert terminal.read_settings() == terminal.before


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, subprocess.PIPE])
def test_input_that_is_not_a_terminal_has_no_keys(stdin: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=b"q" if stdin == subprocess.PIPE else None,
        stdin=None if stdin == subprocess.PIPE else stdin,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"over\n"


def test_closed_input_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read() -> list[str]:
        return [key async for key in read_keys(asyncio.get_running_loop())]

    monkeypatch.setattr(sys, "stdin", None)
    assert asyncio.run(read()) == []
