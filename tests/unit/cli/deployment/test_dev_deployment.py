"""Tests how `dev` runs the command that deploys the stage."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import click
import pytest
from polling import wait_until

from domovoi_tf.cli.deployment.dev_command.deployment import run_to_end

#: Takes longer to end after Ctrl-C than `subprocess.run` would wait before it kills it.
_SLOW = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def end(number, frame):
    time.sleep(0.6)
    (folder / "ended").touch()
    sys.exit(130)
signal.signal(signal.SIGINT, end)
(folder / "began").write_text(str(os.getpid()))
time.sleep(30)
"""


def test_interrupted_deployment_runs_to_its_end(tmp_path: Path) -> None:
    def interrupt() -> None:  # as the terminal does: the whole group
        began = tmp_path / "began"
        assert wait_until(lambda: began.exists() and began.read_text() != "", 20)
        os.kill(int(began.read_text()), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(click.exceptions.Exit) as ended:
        run_to_end([sys.executable, "-c", _SLOW, str(tmp_path)])
    thread.join()
    assert ended.value.exit_code == 130
    assert (tmp_path / "ended").exists()


def test_exit_code_is_that_of_the_command() -> None:
    assert run_to_end([sys.executable, "-c", "raise SystemExit(3)"]) == 3
