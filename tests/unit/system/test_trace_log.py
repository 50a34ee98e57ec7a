"""The trace of the programs that run and the files that are written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator

import pytest

from domovoi_tf.system.trace_log import enable_trace, format_command, log, trace_command


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """Each test begins and ends without a trace."""
    state = log.handlers[:], log.level, log.propagate
    log.handlers[:], log.propagate = [], True
    log.setLevel(logging.NOTSET)
    yield
    log.handlers[:], log.propagate = state[0], state[2]
    log.setLevel(state[1])


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["terraform", "plan", "-out=a b"], "terraform plan '-out=a b'"),
        (["terraform", "plan", "-var=key=secret"], "terraform plan -var=key=HIDDEN"),
        (["terraform", "plan", "--var=key=se\ncret"], "terraform plan ..."),
        (["terraform", "plan", "--var=key=a=b"], "terraform plan --var=key=HIDDEN"),
        (["terraform", "plan", "-var", "key=secret"], "terraform plan -var key=HIDDEN"),
        (["terraform", "plan", "--var", "key=secret", "a=b"], "terraform plan --var key=HIDDEN a=b"),
        (["terraform", "init", "-backend-config=token=s"], "terraform init -backend-config=token=HIDDEN"),
        (["terraform", "init", "-backend-config", "t=s"], "terraform init -backend-config t=HIDDEN"),
        (["terraform", "init", "--backend-config", "t=s"], "terraform init --backend-config t=HIDDEN"),
        (["terraform", "init", "-backend-config=file.hcl"], "terraform init -backend-config=file.hcl"),
        (["terraform", "plan", "-var-file=a=b"], "terraform plan -var-file=a=b"),
        (["python", "-c", "one\ntwo", "three"], "python -c ... three"),
    ],
)
def test_command_is_quoted_and_its_secrets_are_hidden(command: list[str], line: str) -> None:
    assert format_command(command) == line


def trace(level: int) -> None:
    enable_trace(level)
    with trace_command(["terraform", "state", "list"], "/stage"):
        log.debug("writes %s", "a file")


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        (1, ["terraform state list  (in /stage)", "terraform state: 0.00 s"]),
        (2, ["terraform state list  (in /stage)", "writes a file", "terraform state: 0.00 s"]),
        (3, ["terraform state list  (in /stage)", "writes a file", "terraform state: 0.00 s"]),
    ],
)
def test_trace_has_programs_then_files(
    level: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    trace(level)
    captured = capsys.readouterr()
    assert captured.out == ""
    traced = [re.fullmatch(r" *\d+\.\d\d s  (.*)", line) for line in captured.err.splitlines()]
    assert [re.sub(r"\d\.\d\d s", "0.00 s", line[1]) if line else None for line in traced] == lines


def test_without_trace_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with trace_command(["terraform", "plan"]):
        pass
    assert capsys.readouterr().err == ""


def test_trace_is_enabled_once_and_never_lowered(capsys: pytest.CaptureFixture[str]) -> None:
    enable_trace(2)
    trace(1)
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_failed_command_has_its_duration(capsys: pytest.CaptureFixture[str]) -> None:
    enable_trace(1)
    with pytest.raises(KeyError), trace_command(["terraform"]):
        raise KeyError
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" s  ")[2].partition(":")[0] for line in lines] == ["terraform", "terraform"]
    assert "(in" not in lines[0]


@pytest.mark.parametrize(("no_color", "dim"), [(None, True), ("1", False)])
def test_trace_is_dimmed_on_a_terminal(
    no_color: str | None,
    dim: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    enable_trace(1)
    log.info("here")
    assert capsys.readouterr().err.startswith("\x1b[2m") is dim
