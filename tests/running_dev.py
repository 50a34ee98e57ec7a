"""Runs `domovoi-tf dev` for tests, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from polling import wait_until

PROGRAM = str(Path(sys.executable).with_name("domovoi-tf"))
#: Seconds that a test waits.
PATIENCE = 100.0
#: Seconds that a deployment may take on a loaded machine.
DEPLOYMENT = 400.0
#: The text that `dev` prints when it is ready.
READY = "Events run the code in this folder"


class Dev(NamedTuple):
    """A running `dev`, with what it has printed."""

    process: subprocess.Popen[str]
    output: Path

    def await_text(self, text: str, seconds: float = PATIENCE) -> None:
        wait_until(lambda: text in self.read() or self.process.poll() is not None, seconds)
        assert text in self.read(), self.read()

    def read(self) -> str:
        return self.output.read_text()


@contextmanager
def run_dev(project: Path, environment: Mapping[str, str], *options: str) -> Iterator[Dev]:
    """Runs `dev` in a project, and ends it with Ctrl-C.

    Args:
        project: the project's folder.
        environment: environment variables, added to those of this process.
        options: options of the command.
    """
    output = project.parent / "dev.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            [PROGRAM, "dev", *options],
            cwd=project,
            env={**os.environ, **environment, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        dev = Dev(process, output)
        dev.await_text(READY, DEPLOYMENT)
        yield dev
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0, dev.read()
    finally:
        process.kill()
        process.wait()
