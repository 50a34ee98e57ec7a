"""Tests which emulator `dev` stops at its end. The emulator is replaced: starting one takes long."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.cli.deployment.dev_command import start
from domovoi_tf.local import emulator as local
from domovoi_tf.local.emulator_environment import Emulator

OWN = Emulator("http://127.0.0.1:1", 11, 1, Path("log"), False)


@pytest.mark.parametrize(
    ("before", "after", "is_stopped"),
    [
        (None, OWN, True),
        (None, None, True),  # it does not answer any more
        (None, OWN._replace(pid=12), False),  # somebody has stopped it, and started another one
        (OWN, OWN, False),
    ],
)
def test_dev_stops_the_emulator_that_it_has_started(
    monkeypatch: pytest.MonkeyPatch, before: Emulator | None, after: Emulator | None, is_stopped: bool
) -> None:
    found, stopped = [before, after], []
    monkeypatch.setattr(local, "find_running", lambda: found.pop(0))
    monkeypatch.setattr(local, "start", lambda: OWN)
    monkeypatch.setattr(local, "stop", lambda: stopped.append(True))
    with start._run_emulator() as emulator:
        assert emulator == OWN
    assert stopped == [True] * is_stopped
