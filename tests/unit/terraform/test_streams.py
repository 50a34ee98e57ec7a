"""Terraform's output is passed on at once, except its errors, and also if nobody reads it any more."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.system.background_processes import wait_until
from domovoi_tf.terraform import locks, streams

from .test_locks import BOXED, LOCK


def say(text: str) -> None:
    """Writes to standard error, as Terraform does."""
    sys.stderr.write(text)
    sys.stderr.flush()


def test_errors_are_withheld_and_other_output_is_shown_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    shown = ""
    with streams.withhold_errors() as errors:

        def write(text: str) -> str:
            """Returns all that is on the terminal once Terraform has said something."""
            nonlocal shown
            say(text)
            expected = shown + text

            def arrived() -> bool:
                nonlocal shown
                shown += capfd.readouterr().err
                return shown == expected

            wait_until(arrived, 10)
            return shown

        first = "Acquiring state lock. This may take a few moments...\n"
        assert write(first) == first
        assert write("╷\n│ Wärning: old\n╵\n") == f"{first}╷\n│ Wärning: old\n╵\n"
        say(f"later\n\n{BOXED}")
        wait_until(lambda: len(errors.withheld) == len(BOXED) + 1, 10)
        say("and more")
        wait_until(lambda: errors.withheld.endswith("and more"), 10)
    assert errors.withheld == f"\n{BOXED}and more"
    assert locks.parse_error(errors.withheld) == LOCK
    assert capfd.readouterr().err == "later\n"


@pytest.mark.parametrize(
    ("parts", "shown", "withheld"),
    [
        (["earlier\n", "Failed: Error acquiring the state lock", "!"], "earlier\n", True),
        (["earlier\n", "\nErr", "or: no\nnetwork"], "earlier\n", True),
        (["\x1b[31m╷\x1b[0m\n", "│ \x1b[1mError: no network\n"], "", True),
        (["an Error: here\n\n", "\n", "Errors: 0"], "an Error: here\n", False),
        (["╷\n", "│ Warning: Error: x\n"], "╷\n│ Warning: Error: x\n", False),
    ],
)
def test_errors_are_withheld_from_their_beginning(parts: list[str], shown: str, withheld: bool) -> None:
    errors = streams.ErrorFilter()
    assert "".join(map(errors.filter, parts)) == shown
    rest = "".join(parts).removeprefix(shown)
    assert (errors.withheld, errors.end()) == ((rest, "") if withheld else ("", rest))


def test_standard_error_is_restored_after_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with pytest.raises(KeyboardInterrupt), streams.withhold_errors():
        assert sys.stderr is not before
        raise KeyboardInterrupt
    assert sys.stderr is before


@pytest.mark.parametrize("write", [streams.write_output, streams.write_error])
def test_output_without_a_reader_is_discarded(
    write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        monkeypatch.setattr("sys.stderr", pipe)
        write("more than a buffer " * 10_000)
        write("and the rest")


def test_output_to_a_full_disk_is_discarded_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has /dev/full")
    with full.open("w") as disk:
        monkeypatch.setattr("sys.stdout", disk)
        streams.write_output("the plan\n")
        streams.write_output("and the rest\n")
    assert capfd.readouterr().err == (
        "Warning: standard output cannot be written: No space left on device. The rest of it is lost.\n"
    )


def test_errors_to_a_full_disk_are_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has /dev/full")
    with full.open("w") as disk:
        monkeypatch.setattr("sys.stderr", disk)
        monkeypatch.setattr("sys.stdout", disk)
        streams.write_error("an error\n")
        streams.write_output("the plan\n")
