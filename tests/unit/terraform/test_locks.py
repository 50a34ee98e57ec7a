"""A lock that Terraform could not get becomes one clear error; all else that it says is shown as it comes."""

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
"""  # noqa: W291 - Terraform's own
PLAIN = f"\nError: Error acquiring the state lock\n\nError message: taken\n{FIELDS}\nTerraform acquires ...\n"
RED, END = "\x1b[31m", "\x1b[0m"
BOXED = (
    f"{RED}╷{END}{END}\n{RED}│{END} {END}\x1b[1m{RED}Error: {END}{END}\x1b[1mError acquiring the state lock"
    f"{END}\n" + "".join(f"{RED}│{END} {END}{line}\n" for line in FIELDS.splitlines()) + f"{RED}╵{END}{END}\n"
)
CREATED = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HELD = Lock(ID, "states/bar/dev/terraform.tfstate", "apply", "ada@workshop", CREATED)


@pytest.mark.parametrize("text", [PLAIN, BOXED, BOXED.replace("Terraform", "OpenTofu")])
def test_terraforms_error_names_the_lock(text: str) -> None:
    assert locks.parse(f"some warning\n{text}") == HELD


@pytest.mark.parametrize("text", ["", "Error: AccessDenied", "Error acquiring the state lock: no network"])
def test_another_error_is_not_a_lock(text: str) -> None:
    assert locks.parse(text) is None
    locks.refuse(text, "dev", 1)


def test_a_lock_file_names_the_lock() -> None:
    text = (
        f'{{"ID":"{ID}","Operation":"OperationTypeApply","Info":"","Who":"ada@workshop","Version":"1.11.4",'
        '"Created":"2026-03-01T12:00:00.576510607Z","Path":"states/bar/dev/terraform.tfstate"}'
    )
    assert locks.read(text) == locks.read(text.encode()) == HELD
    assert [locks.read(bad) for bad in ("", "[]", "{}", "{", b"\xff")] == [None] * 5


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (-5, "less than a minute ago"),
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
    ],
)
def test_who_for_what_and_since_when(passed: int, words: str) -> None:
    now = CREATED + timedelta(seconds=passed)
    assert HELD.describe(now) == f"ada@workshop for apply since 2026-03-01 12:00:00 UTC ({words})"


def test_what_a_lock_does_not_tell_is_left_out() -> None:
    assert Lock("x", "", "", "", None).describe() == "somebody"


def test_the_error_says_what_to_do() -> None:
    error = LockedError(HELD._replace(created=None), "dev", 1)
    assert str(error) == (
        f"The state of dev is locked by ada@workshop for apply; lock {ID}.\n"
        "Nothing was changed. Try again when they are done, or wait for them with --lock-timeout 10m. "
        "Where nobody works on it any more: domovoi-tf backend unlock --stage dev"
    )


def terraform_that(tmp_path: Path, said: str) -> Terraform:
    """Stands for a Terraform that fails with words of its own, as the real one does to the byte."""
    program, words = tmp_path / "terraform", tmp_path / "said"
    words.write_text(said)
    program.write_text(f"#!/bin/sh\necho planning\ncat '{words}' >&2\nexit 1\n")
    program.chmod(0o700)
    (tmp_path / "dev").mkdir()
    return Terraform(tmp_path / "dev", {}, Binary(program, "terraform"))


def test_a_lock_is_told_plainly_and_what_came_before_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = terraform_that(tmp_path, f"╷\n│ Warning: old\n╵\n{BOXED}")
    for call in (lambda: runner.run("plan"), lambda: runner.capture("plan")):
        with pytest.raises(LockedError) as caught:
            call()
        assert caught.value.lock == HELD
        assert caught.value.exit_code == 1
    out, err = capfd.readouterr()
    assert (out, err) == ("planning\n", "╷\n│ Warning: old\n╵\n")


@pytest.mark.parametrize(
    "said", ["Error: AccessDenied\n", "\nError: Error acquiring the state lock\n\nno network\n", "\xff ü"]
)
def test_every_other_error_is_shown_as_it_is(
    said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert terraform_that(tmp_path, said).run("plan") == 1
    assert capfd.readouterr().err == said


@pytest.mark.parametrize("given", ["10", "soon", "5 m", "-1m"])
def test_a_duration_that_is_none_is_a_usage_error(given: str, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("domovoi-tf"))
    done = subprocess.run(
        [program, "plan", f"--lock-timeout={given}"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert (
        f"Invalid value for '--lock-timeout': {given!r} is not a duration, such as 30s, 10m or 1h30m."
        in done.stderr
    )
