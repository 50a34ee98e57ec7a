"""Reads the keys that control `domovoi-tf dev` from the terminal, without Enter and without an echo.

While keys are read, the terminal is in cbreak mode: Ctrl-C and Ctrl-Z still send signals. Its settings are
restored at each exit, and while the program is stopped by Ctrl-Z.

https://man7.org/linux/man-pages/man3/termios.3.html
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import re
import signal
import sys
import termios
from collections.abc import AsyncIterator
from typing import Any

#: The keys that `read_keys` yields.
REPLAY, CONSOLE, QUIT, APPLY, HELP = "r", "c", "q", "\n", "?"
_KEYS = {
    **{key: key for key in (REPLAY, CONSOLE, QUIT, APPLY, HELP)},
    "\r": APPLY,
    "h": HELP,
    "\x04": QUIT,  # Ctrl-D
}
#: What other keys send, such as those with arrows.
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)
#: More characters at once were pasted, or typed by a cat.
_MOST = 8
#: Seconds between two looks whether a program in the background is in the foreground again.
_INTERVAL = 1.0


async def read_keys(loop: asyncio.AbstractEventLoop) -> AsyncIterator[str]:
    """Yields the pressed keys: `REPLAY`, `CONSOLE`, `QUIT`, `APPLY` and `HELP`. Others are ignored.

    It ends at once if standard input is not a terminal, and when the terminal is closed.

    Args:
        loop: the running loop.
    """
    file = _find_terminal()
    if file is None:
        return
    keyboard = _Keyboard(loop, file)
    try:
        keyboard.open()
        while key := await keyboard.pressed.get():
            yield key
    finally:
        keyboard.close()


class _Keyboard:
    """A terminal that a program in the foreground reads key by key.

    Args:
        loop: the running loop.
        file: the terminal.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, file: int) -> None:
        self.pressed: asyncio.Queue[str] = asyncio.Queue()
        self._loop = loop
        self._file = file
        self._settings: list[Any] = termios.tcgetattr(file)
        self._is_reading = False
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begins to read."""
        atexit.register(self._restore)
        with contextlib.suppress(ValueError, RuntimeError):  # not in the main thread
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
            self._loop.add_signal_handler(signal.SIGCONT, self._start)
        self._start()

    def close(self) -> None:
        """Restores the terminal and the signals."""
        for number in (signal.SIGTSTP, signal.SIGCONT):
            with contextlib.suppress(ValueError, RuntimeError):
                self._loop.remove_signal_handler(number)
        self._pause()
        atexit.unregister(self._restore)

    def _start(self) -> None:
        """Reads keys in the foreground, and otherwise waits for it: the system stops who reads behind."""
        self._pause()
        if not _is_in_foreground(self._file):
            self._timer = self._loop.call_later(_INTERVAL, self._start)
            return
        with contextlib.suppress(termios.error):  # the terminal was closed
            self._settings = termios.tcgetattr(self._file)
            _set(self._file, _make_cbreak(self._settings))
            self._is_reading = True
            self._loop.add_reader(self._file, self._read)

    def _pause(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._is_reading:
            self._loop.remove_reader(self._file)
            self._restore()

    def _restore(self) -> None:
        """Restores the settings. In the background, the terminal belongs to another program."""
        if self._is_reading and _is_in_foreground(self._file):
            with contextlib.suppress(termios.error):
                _set(self._file, self._settings)
        self._is_reading = False

    def _stop(self) -> None:
        """Restores the terminal and stops this process, as Ctrl-Z does without a handler."""
        self._pause()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        # Here the process goes on, after SIGCONT.
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._start()

    def _read(self) -> None:
        if not _is_in_foreground(self._file):
            self._start()
            return
        try:
            data = os.read(self._file, 1024)
        except BlockingIOError:
            return
        except OSError:  # the terminal was closed
            data = b""
        if not data:
            self._pause()
            self.pressed.put_nowait("")
            return
        text = _SEQUENCE.sub("", data.decode("utf-8", "ignore"))
        for each in text if len(text) <= _MOST else "":
            if key := _KEYS.get(each.lower()):
                self.pressed.put_nowait(key)


def _find_terminal() -> int | None:
    """Returns the file descriptor of standard input, if it is a terminal."""
    try:
        file = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # it was closed or replaced
        return None
    return file if os.isatty(file) else None


def _is_in_foreground(file: int) -> bool:
    """Returns whether this process may read and set a terminal without being stopped."""
    try:
        return os.tcgetpgrp(file) == os.getpgrp()
    except OSError:  # it is not the controlling terminal, and has no foreground
        return True


def _make_cbreak(settings: list[Any]) -> list[Any]:
    """Returns settings by which a program reads single keys; `tty.setcbreak` changes more in Python 3.12."""
    changed = [*settings[:6], [*settings[6]]]
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    return changed


def _set(file: int, settings: list[Any]) -> None:
    termios.tcsetattr(file, termios.TCSADRAIN, settings)
