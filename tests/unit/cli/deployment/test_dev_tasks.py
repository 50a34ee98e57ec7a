"""Tests the key that applies changes, the emulator at the end of `dev`, and errors that asyncio reports."""

from __future__ import annotations

import asyncio
import io
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from domovoi_tf.cli.deployment.dev_command import run, start
from domovoi_tf.cli.deployment.dev_command.tasks import Tasks
from domovoi_tf.dev.terminal.view import View
from domovoi_tf.dev.tree_changes import PendingChange, TreeWatch
from domovoi_tf.local import emulator
from domovoi_tf.local.forwarding import addresses


async def _press_enter(project: Path, pending: PendingChange | None, is_checking: bool) -> str:
    stream = io.StringIO()
    given: Any = SimpleNamespace(project_dir=project, stage="dev", project=None)
    nothing: Any = SimpleNamespace(publish=lambda kind, data: None)
    with click.Context(click.Command("dev")):
        tasks = Tasks(
            given, nothing, View(stream, 80, True, False, clock=lambda: 0), asyncio.Event(), nothing
        )
    tasks._tree.pending = pending
    tasks._tree._checking = SimpleNamespace() if is_checking else None  # type: ignore[assignment]
    await tasks._apply_if_pending()
    return stream.getvalue().partition("  ")[2]


@pytest.mark.parametrize(
    ("pending", "is_checking", "text"),
    [
        (None, False, "nothing to apply\n"),
        (None, True, "still planning: press Enter when the changes are shown\n"),
        (PendingChange(("tend  + queue",)), False, "applying\n"),
    ],
)
def test_enter_always_has_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pending: Any, is_checking: bool, text: str
) -> None:
    async def apply(tree: TreeWatch, change: PendingChange) -> None:
        assert change == pending

    async def take_over(tasks: Tasks) -> None: ...

    monkeypatch.setattr(TreeWatch, "apply", apply)  # which would run Terraform
    monkeypatch.setattr(Tasks, "_take_over", take_over)
    assert asyncio.run(_press_enter(tmp_path, pending, is_checking)) == text


@pytest.mark.parametrize("others", [[], ["/home/me/beers"]])
def test_emulator_stays_for_another_project(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    others: list[str],
) -> None:
    """A real one would take seconds, and do nothing else here."""
    stopped: list[bool] = []
    started = SimpleNamespace(endpoint="http://127.0.0.1:1", folder=tmp_path)
    monkeypatch.setattr(emulator, "find_running", lambda: None)
    monkeypatch.setattr(emulator, "start", lambda: started)
    monkeypatch.setattr(emulator, "stop", lambda: stopped.append(True))
    monkeypatch.setattr(addresses, "list_projects", lambda folder: others)
    with start._run_emulator():
        pass
    assert stopped == ([] if others else [True])
    kept = "The emulator keeps running for `dev` in /home/me/beers. Stop it with `domovoi-tf local down`.\n"
    assert capsys.readouterr().out == f"The emulator runs at http://127.0.0.1:1.\n{kept if others else ''}"


def test_cancelled_connection_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    with caplog.at_level(logging.ERROR):
        run._report_unless_cancelled(loop, {"message": "a", "exception": asyncio.CancelledError()})
        run._report_unless_cancelled(loop, {"message": "b", "exception": ValueError("c")})
    loop.close()
    assert [record.getMessage() for record in caplog.records] == ["b"]
