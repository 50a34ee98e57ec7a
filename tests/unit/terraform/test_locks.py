"""An error about a state lock is reported in plain words; Terraform's other output is shown at once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from domovoi_tf.terraform import locks
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.locks import Lock, LockedError
from domovoi_tf.terraform.runner import Terraform

ID = "f8876bda-d49e-0f58-1b4a-800cdb03ddf1"
FIELDS = f"""Lock Info:
  ID:        {ID}
  Path:      states/bar/dev/terraform.tfstate
  Operation: OperationTypeApply
  Who:       ada@workshop
  Version:   1.11.4
  Created:   2026-03-01 12:00:00.576510607 +0000 UTC
  Info:      
"""  # noqa: W291 - as Terraform writes it
PLAIN = f"\nError: Error acquiring the state lock\n\nError message: taken\n{FIELDS}\nTerraform acquires ...\n"
RED, END = "\x1b[31m", "\x1b[0m"
BOXED = (
    f"{RED}╷{END}{END}\n{RED}│{END} {END}\x1b[1m{RED}Error: {END}{END}\x1b[1mError acquiring the state lock"
    f"{END}\n" + "".join(f"{RED}│{END} {END}{line}\n" for line in FIELDS.splitlines()) + f"{RED}╵{END}{END}\n"
)
CREATED = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOCK = Lock(ID, "states/bar/dev/terraform.tfstate", "apply", "ada@workshop", CREATED)


@pytest.mark.parametrize("text", [PLAIN, BOXED, BOXED.replace("Terraform", "OpenTofu")])
def test_lock_is_parsed_from_terraform_error(text: str) -> None:
    assert locks.parse_error(f"some warning\n{text}") == LOCK


def test_http_backend_error_names_the_lock_that_is_held() -> None:
    text = PLAIN.replace("taken", "HTTP remote state already\n│ locked: ID=held-by-ada")
    assert locks.parse_error(text) == Lock("held-by-ada", "", "", "", None)


@pytest.mark.parametrize(
    ("changes", "lock"),
    [
        ({"OperationTypeApply": "migration"}, LOCK._replace(operation="migration")),
        ({"OperationTypeApply": "OperationTypePlan"}, LOCK._replace(operation="plan")),
        ({"2026-03-01 12:00:00.576510607 +0000 UTC": "yesterday"}, LOCK._replace(created=None)),
        ({"  Who:       ada@workshop\n": ""}, LOCK._replace(who="")),
        ({f"  ID:        {ID}\n": ""}, None),
        ({ID: ""}, None),
    ],
)
def test_lock_needs_an_id_and_has_the_fields_that_are_there(
    changes: dict[str, str], lock: Lock | None
) -> None:
    text = PLAIN
    for before, after in changes.items():
        text = text.replace(before, after)
    assert locks.parse_error(text) == lock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error: AccessDenied",
        "Error acquiring the state lock: no network",
        # Another error that describes a lock.
        f"Error: Failed to unlock state\n\n{FIELDS}",
        f"Error: Error releasing the state lock\n\n{FIELDS}",
        # The fields without their heading.
        f"Error: Error acquiring the state lock\n\n{FIELDS.partition('Lock Info:')[2]}\n",
    ],
)
def test_other_error_is_not_parsed_as_lock(text: str) -> None:
    assert locks.parse_error(text) is None
    locks.raise_if_locked(text, "dev", 1)


def test_lock_is_parsed_from_lock_file() -> None:
    text = (
        f'{{"ID":"{ID}","Operation":"OperationTypeApply","Info":"","Who":"ada@workshop","Version":"1.11.4",'
        '"Created":"2026-03-01T12:00:00.576510607Z","Path":"states/bar/dev/terraform.tfstate"}'
    )
    assert locks.parse_file(text, "x") == locks.parse_file(text.encode(), "x") == LOCK
    unknown = Lock(id="", path="x", operation="", who="", created=None)
    assert [locks.parse_file(content, "x") for content in ("", "[]", "{}", "{", b"\xff")] == [unknown] * 5


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, "less than a minute ago"),
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
    ],
)
def test_lock_description_names_holder_operation_and_time(seconds: int, age: str) -> None:
    now = CREATED + timedelta(seconds=seconds)
    assert LOCK.describe(now) == f"ada@workshop for apply since 2026-03-01 12:00:00 UTC ({age})"


def test_lock_description_omits_missing_fields() -> None:
    assert Lock("x", "", "", "", None).describe() == "an unknown user"


def test_lock_error_suggests_waiting_and_unlocking() -> None:
    error = LockedError(LOCK._replace(created=None), "dev", 1)
    assert str(error) == (
        f"The state of dev is locked by ada@workshop for apply; lock {ID}.\n"
        "Nothing was changed. Try again when they are done; plan, apply, deploy, drift and destroy can "
        "wait with --lock-timeout 10m. "
        "If nobody works on it any more, remove the lock: domovoi-tf backend unlock"
    )


def test_lock_error_omits_an_unknown_id() -> None:
    message = LockedError(Lock("", "x", "", "", None), "dev", 1).message
    assert message == "The state of dev is locked by an unknown user."


def make_failing_terraform(tmp_path: Path, message: str) -> Terraform:
    """Returns a Terraform whose program is a script that fails with a message on standard error."""
    program, file = tmp_path / "terraform", tmp_path / "message"
    file.write_text(message)
    program.write_text(f"#!/bin/sh\necho planning\ncat '{file}' >&2\nexit 1\n")
    program.chmod(0o700)
    (tmp_path / "dev").mkdir()
    return Terraform(tmp_path / "dev", {}, Binary(program, "terraform"))


def test_lock_error_is_raised_and_earlier_output_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = make_failing_terraform(tmp_path, f"╷\n│ Warning: old\n╵\n{BOXED}")
    for call in (lambda: runner.run("plan"), lambda: runner.capture("plan")):
        with pytest.raises(LockedError) as caught:
            call()
        assert caught.value.lock == LOCK
        assert caught.value.exit_code == 1
    out, err = capfd.readouterr()
    assert (out, err) == ("planning\n", "╷\n│ Warning: old\n╵\n")


@pytest.mark.parametrize(
    "message",
    [
        "Error: unknown\n",
        "\nError: Error acquiring the state lock\n\nno network\n",
        f"{BOXED.partition('Lock Info')[0]}Lock Info:\n  Path: states\n",
        "\xff ü",
    ],
)
def test_other_errors_are_shown_unchanged(
    message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert make_failing_terraform(tmp_path, message).run("plan") == 1
    assert capfd.readouterr().err == message


@pytest.mark.parametrize("duration", ["10", "soon", "5 m", "-1m"])
def test_invalid_lock_timeout_is_a_usage_error(duration: str, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("domovoi-tf"))
    done = subprocess.run(
        [program, "plan", f"--lock-timeout={duration}"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert (
        f"Invalid value for '--lock-timeout': {duration!r} is not a duration. "
        "Write one such as 30s, 10m or 1h30m." in done.stderr
    )
