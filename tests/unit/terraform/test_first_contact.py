"""Terraform is stopped if its first request gets no answer, and only then."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.errors import TerraformError
from domovoi_tf.terraform import first_contact
from domovoi_tf.terraform.first_contact import FirstContact, UnansweredError
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

from .test_installation import write_program

PATIENCE, LIMIT = first_contact._PATIENCE, first_contact._LIMIT
REASON = "Read timeout"
STOPPED = (
    "AWS does not answer, so Terraform was stopped: Read timeout\n"
    "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network."
)


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"_PATIENCE": 0.0, "_LIMIT": 0.0, "_GRACE": 0.05, "_INTERVAL": 0.01}.items():
        monkeypatch.setattr(first_contact, name, seconds)


class FakeProcess:
    """A process that ends at none of the signals that it gets."""

    pid = -1

    def __init__(self) -> None:
        self.received: list[int] = []

    def send_signal(self, number: int, /) -> None:
        self.received.append(number)

    def kill(self) -> None:
        self.received.append(signal.SIGKILL)


class Answers:
    """Returns one answer after the other; calls a function before the last."""

    def __init__(self, *answers: str | None, then: Callable[[], object] = lambda: None) -> None:
        self.left = list(answers)
        self.then = then

    def __call__(self) -> str | None:
        answer = self.left.pop(0)
        if not self.left:
            self.then()
        return answer


class Clock:
    """A clock that advances by a second when it is read, and ends Terraform after a minute."""

    def __init__(self) -> None:
        self.now = 0.0
        self.end: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        self.now += 1
        if self.now > 60:
            self.end()
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(first_contact, "time", clock)
    monkeypatch.setattr(first_contact, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(first_contact, "_LIMIT", LIMIT)
    return clock


# The watch


def test_process_without_an_answer_is_interrupted_and_then_killed() -> None:
    process = FakeProcess()
    contact = FirstContact(process, [], lambda: REASON)
    contact.await_answer()
    assert process.received == [signal.SIGINT, signal.SIGKILL]
    assert contact.reason == REASON


def test_process_is_stopped_after_45_seconds_of_which_10_are_patience(clock: Clock) -> None:
    asked: list[float] = []

    def probe() -> str:
        asked.append(clock.now)
        return REASON

    process = FakeProcess()
    FirstContact(process, [], probe).await_answer()
    assert 10 <= asked[0] < 13
    assert 45 <= clock.now < 48
    assert len(asked) > 5
    assert process.received == [signal.SIGINT, signal.SIGKILL]


def test_aws_that_answers_is_not_asked_again(clock: Clock) -> None:
    process, probe = FakeProcess(), Answers(REASON, None)
    contact = FirstContact(process, [], probe)
    clock.end = contact._ended.set
    contact.await_answer()
    assert clock.now > 60
    assert (process.received, probe.left, contact.reason) == ([], [], "")


@pytest.mark.parametrize(
    ("parts", "has_answer"),
    [
        ([], False),
        (["\n", "  "], False),
        (["\x1b[0m\x1b[1mInitializing the ", "backend...\x1b[0m\n"], False),
        (["Initializing the ", "backend...\n", "Initializing modules...\n"], True),
        (["Initializing modules...\n", "Initializing the "], False),
        (["module.app.data.aws_region.current: Reading...\n"], True),
    ],
)
def test_output_proves_the_answer(parts: list[str], has_answer: bool) -> None:
    contact = FirstContact(FakeProcess(), [], None)
    for part in parts:
        contact.receive(part)
    assert contact.has_answer is has_answer


def test_process_that_prints_while_aws_is_asked_is_not_stopped() -> None:
    process = FakeProcess()
    probe = Answers(REASON)
    contact = FirstContact(process, [], probe)
    probe.then = lambda: contact.receive("module.app: Reading...\n")
    contact.await_answer()
    assert (process.received, contact.reason) == ([], "")


def test_probe_may_fail_once_the_process_has_ended() -> None:
    def fail() -> str:
        if has_ended:
            contact._ended.set()
        raise KeyError("TF_IN_AUTOMATION")

    process = FakeProcess()
    contact = FirstContact(process, [], fail)
    for has_ended in (False, True):
        with contextlib.nullcontext() if has_ended else pytest.raises(KeyError):
            contact.await_answer()
    assert (process.received, contact.reason) == ([], "")


def test_after_a_signal_nobody_waits_and_output_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_contact, "_PATIENCE", 3600.0)
    monkeypatch.setattr(first_contact, "_LIMIT", 3600.0)
    process = FakeProcess()
    contact = FirstContact(process, [signal.SIGHUP], lambda: REASON)
    contact.receive("Interrupt received.\n")
    contact.await_answer()
    # It got a signal already: the second would make it end at once and leave its lock.
    assert process.received == [signal.SIGKILL]
    assert contact.describe_interruption() == "AWS does not answer: Read timeout. Nothing was changed."


def test_process_that_ignores_two_signals_is_killed() -> None:
    process = FakeProcess()
    contact = FirstContact(process, [signal.SIGINT, signal.SIGINT], None)
    contact.await_answer()
    assert process.received == [signal.SIGKILL]
    assert contact.describe_interruption() == ""


# With a program in Terraform's place


def test_terraform_without_an_answer_is_an_error(
    terraform: FakeTerraform, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = Terraform(folder, {}, Binary(terraform.path, "terraform"), lambda: REASON)
    for command in ("init", "plan", "apply", "destroy", "output", "state pull"):
        terraform.on(command, waits=True, code=1)
        for call in (runner.capture, runner.run):
            with pytest.raises(UnansweredError) as caught:
                call(command)
            assert str(caught.value) == STOPPED
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("is_captured", [True, False])
def test_terraform_that_has_printed_something_is_not_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_captured: bool
) -> None:
    printed, judged = threading.Event(), folder / "judged"
    script = f"echo 'Reading...'; while [ ! -e '{judged}' ]; do sleep 0.02; done; echo done"
    watch = FirstContact.await_answer

    def await_answer(contact: FirstContact) -> None:
        watch(contact)
        judged.touch()

    def probe() -> str:
        printed.wait(10)
        return REASON

    monkeypatch.setattr(FirstContact, "await_answer", await_answer)
    monkeypatch.setattr("domovoi_tf.terraform.streams.write_output", lambda _: printed.set())
    program = Binary(write_program(folder.parent / "terraform", script), "terraform")
    runner = Terraform(folder, {}, program, probe)
    if is_captured:
        assert runner.capture("plan", out=lambda _: printed.set()) == "Reading...\ndone\n"
    else:
        assert runner.run("apply") == 0


def test_what_terraform_prints_because_it_was_stopped_is_dropped(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_contact, "_GRACE", 30.0)
    script = "trap 'echo stopping; echo Error: canceled >&2; exit 1' INT; while true; do sleep 0.02; done"
    program = Binary(write_program(folder.parent / "terraform", script), "terraform")
    with pytest.raises(UnansweredError):
        Terraform(folder, {}, program, lambda: REASON).run("plan")
    assert capfd.readouterr() == ("", "")


def test_terraform_that_ends_at_no_signal_is_killed(folder: Path) -> None:
    program = write_program(folder.parent / "terraform", "trap '' INT; while true; do sleep 1; done")
    with pytest.raises(UnansweredError):
        Terraform(folder, {}, Binary(program, "terraform"), lambda: REASON).run("init")


@pytest.mark.parametrize("command", ["version", "show", "validate"])
def test_command_that_needs_no_answer_is_not_watched(
    terraform: FakeTerraform, folder: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watch(_: FirstContact) -> None:
        raise AssertionError

    monkeypatch.setattr(FirstContact, "watch", watch)
    terraform.on(command, "here")
    runner = Terraform(folder, {}, Binary(terraform.path, "terraform"), lambda: REASON)
    assert runner.capture(command) == "here"


def test_failure_of_terraform_itself_is_reported_as_before(terraform: FakeTerraform, folder: Path) -> None:
    terraform.on("plan", err="Error: no Region", code=1)
    with pytest.raises(TerraformError) as caught:
        Terraform(folder, {}, Binary(terraform.path, "terraform"), lambda: None).capture("plan")
    assert str(caught.value) == "`terraform plan` failed with exit code 1:\nError: no Region"
