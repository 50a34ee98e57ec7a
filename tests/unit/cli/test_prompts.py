"""Questions that ask for confirmation."""

from __future__ import annotations

import sys

import click
import pytest

from domovoi_tf.cli import prompts
from domovoi_tf.errors import DomovoiError


def test_yes_answers_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    prompts.confirm("Release it?", True, "release the lock")
    assert capfd.readouterr() == ("", "")


def test_question_without_a_terminal_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(DomovoiError) as error:
        prompts.confirm("Release it?", False, "release the lock")
    assert str(error.value) == (
        "Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to release the lock."
    )


def test_answer_no_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    with pytest.raises(click.Abort):
        prompts.confirm("Release it?", False, "release the lock")


@pytest.mark.parametrize(("options", "is_on_stderr"), [({}, False), ({"err": True}, True)])
def test_question_is_asked_on_standard_output_unless_that_is_for_programs(
    options: dict[str, bool],
    is_on_stderr: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def answer(question: str) -> str:
        sys.stdout.write(question)
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", answer)
    prompts.confirm("Release it?", False, "release the lock", **options)
    assert ("Release it? [y/N]:" in capfd.readouterr().err) is is_on_stderr
