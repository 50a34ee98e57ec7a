"""Suggestions for unknown commands and options."""

from __future__ import annotations

import pytest

from .conftest import Run

USAGE = "Usage: domovoi-tf [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf --help' for help.\n\nError: "


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["depoly"], f"{USAGE}No such command 'depoly'. Did you mean 'deploy'?\n"),
        (["delete"], f"{USAGE}No such command 'delete'. Did you mean 'destroy'?\n"),
        (["help"], f"{USAGE}No such command 'help'. Did you mean '--help'?\n"),
        (["xyzzy"], f"{USAGE}No such command 'xyzzy'.\n"),
        (["--debgu"], f"{USAGE}No such option '--debgu'. Did you mean '--debug'?\n"),
        (["--", "--x"], f"{USAGE}No such option '--x'.\n"),
        (
            ["local", "stauts"],
            "Usage: domovoi-tf local [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf local --help' for help.\n\n"
            "Error: No such command 'stauts'. Did you mean 'status'?\n",
        ),
        (
            ["show", "--jsno"],
            "Usage: domovoi-tf show [OPTIONS]\nTry 'domovoi-tf show --help' for help.\n\n"
            "Error: No such option '--jsno'. Did you mean '--json'?\n",
        ),
    ],
)
def test_unknown_name_suggests_a_similar_one(run: Run, args: list[str], message: str) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
