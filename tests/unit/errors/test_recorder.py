"""Errors that tests make are compared with the registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domovoi_tf.errors import DomovoiError, Problem, SettingsError, join_problems

from .recorder import FOLDER, Made, Recorder, record_errors


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with record_errors() as recorder:
        yield recorder


@pytest.fixture(autouse=True)
def require_registered_errors(error_recorder: Recorder) -> Iterator[None]:
    """Accepts the errors of these tests, which the registry lacks."""
    yield
    error_recorder.take_unknown()


def run(code: str, path: str = "made_up.py", **names: Any) -> None:
    """Runs code as if it were in a file of the package."""
    exec(compile(code, f"{FOLDER}/{path}", "exec"), {"DomovoiError": DomovoiError, **names})  # noqa: S102


def test_known_error_is_found(recorder: Recorder) -> None:
    run("DomovoiError('The emulator is not running.', 'Start it with `domovoi-tf local up`.')")
    message = "The function bar-dev is not deployed to the emulator."
    run(f"DomovoiError('{message}', 'Run `domovoi-tf local deploy -C bar --stage test` first.')")
    assert recorder.take_unknown() == []


def test_unknown_message_or_remedy_is_reported_once(recorder: Recorder) -> None:
    run("DomovoiError('The moon is not running.', 'Start it with `domovoi-tf local up`.')")
    run("\nDomovoiError('The emulator is not running.', 'Start the moon.')")
    made = [
        Made("The moon is not running.", "Start it with `domovoi-tf local up`.", "made_up.py:1"),
        Made("The emulator is not running.", "Start the moon.", "made_up.py:2"),
    ]
    assert recorder.take_unknown() == made
    run("DomovoiError('The moon is not running.', 'Start it with `domovoi-tf local up`.')")
    assert recorder.take_unknown() == []


def test_errors_of_tests_are_not_recorded(recorder: Recorder) -> None:
    DomovoiError("The moon is not running.")
    assert recorder.take_unknown() == []


def test_problems_with_their_place_are_found(recorder: Recorder) -> None:
    run("Problem('app.py:1', 'policy is empty', 'Add statements, or leave it out.')", Problem=Problem)
    run("Problem('app.py:1', 'machine.json: policy is full', 'Add statements.')", Problem=Problem)
    assert [each.message for each in recorder.take_unknown()] == ["machine.json: policy is full"]


def test_each_of_several_problems_is_compared(recorder: Recorder) -> None:
    parts = (
        ".chalice/config.json:2: $.tags: the moon is full. Wait.",
        "app.py:1: policy is empty\n    Add one.",
    )
    run("join(kind, parts)", join=join_problems, kind=SettingsError, parts=parts)
    assert [each.message for each in recorder.take_unknown()] == list(parts)
    known = (
        '$.app_name: is missing. Add "app_name": "bar".',
        "policy is empty\n    Add statements, or leave it out.",
    )
    run("join(kind, known)", join=join_problems, kind=SettingsError, known=known)
    assert recorder.take_unknown() == []


def test_texts_that_a_function_passes_on_are_not_compared(recorder: Recorder) -> None:
    code = "def run_check():\n    DomovoiError('The moon is full.', 'Wait.')\nrun_check()"
    run(code, "doctor/project.py")
    assert recorder.take_unknown() == []
    run(code.replace("moon", "sun"), "doctor/account.py")
    assert [each.message for each in recorder.take_unknown()] == ["The sun is full."]
