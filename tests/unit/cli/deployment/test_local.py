"""`domovoi-tf local`."""

from __future__ import annotations

import json
from pathlib import Path

from domovoi_tf.cli.deployment.local import format_status
from domovoi_tf.local.emulator_environment import Emulator

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


def test_status_describes_the_emulator() -> None:
    emulator = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"), iam=True)
    assert format_status(emulator) == (
        "The emulator runs at http://127.0.0.1:4566 (process 7, log emulator.log).\n"
        "It enforces the policies of the functions' roles."
    )
    assert "\n" not in format_status(emulator._replace(iam=False))
    assert format_status(None) == "The emulator is not running."
