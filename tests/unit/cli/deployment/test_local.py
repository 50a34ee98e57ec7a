"""`domovoi-tf local`."""

from __future__ import annotations

import json

from ..conftest import Fails, Run


def test_commands_need_a_running_emulator(fails: Fails) -> None:
    for command in (["env"], ["send", "tend"]):
        assert fails("local", *command) == (
            "Error: The emulator is not running.\nStart it with `domovoi-tf local up`.\n"
        )


def test_payload_must_be_json(fails: Fails) -> None:
    assert fails("local", "send", "tend", "{beer: 1}") == (
        "Error: The payload is not JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1).\n"
        "Quote it for the shell: '{\"beer\": 1}'\n"
    )


def test_status_is_available_as_json(run: Run) -> None:
    done = run("local", "status", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"running": False})
