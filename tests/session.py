"""A session of a new user at a terminal, recorded: what is typed, and what then stands on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte

from domovoi_tf.system.background_processes import wait_until

COLUMNS, LINES = 140, 600
PATIENCE = 90.0
#: Bash writes this before each prompt: no terminal shows it, and it has the exit code of the command before.
_PROMPT = "\x1b]777;%s\x07"
_PROMPTED = re.compile(r"\x1b]777;(\d+)\x07")
#: What differs from run to run, and what stands for it where two are compared.
_VARYING = [
    (r"127\.0\.0\.1:\d+", "ENDPOINT"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
    (r"\b[0-9a-f]{32,}\b|[A-Za-z0-9+/]{43}=", "DIGEST"),
    (r"\d{4}-\d\d-\d\d", "DATE"),
    (r"\d\d:\d\d:\d\d", "TIME"),
    (r"\b[\d.]+ (ms|MB)\b|\b\d+ of (?=\d+ MB)", "AMOUNT"),
    (r"\b\d+\.\d+(?= s\b|[,:]|$)|\b\d+(?=s\b)", "SECONDS"),
    (r"\bjust now|\d+ minutes ago", "AGO"),
    (r"[\d,]+ bytes", "BYTES"),
    (r"process \d+", "PROCESS"),
    (r"\[\.\.\. \d+ lines \.\.\.\]", "LINES"),
    (r" {2,}", "  "),
]


class Step(NamedTuple):
    """Something that the user does.

    Args:
        about: what for, in a sentence or two.
        command: what is typed.
        answers: by the question that is waited for, what is typed then.
        until: repeats the command until the screen has this text; the last time is what counts.
        keep: the lines to keep, as a pattern, where a command says more than a page should have.
    """

    about: str
    command: str
    answers: Mapping[str, str] = {}
    until: str = ""
    keep: str = ""


class Terminal:
    """A shell in a terminal.

    Args:
        folder: where it starts.
        environment: its environment variables.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        own = {"PS1": "$ ", "PROMPT_COMMAND": f"printf '{_PROMPT}' $?", "TERM": "xterm-256color"}
        own |= {"HISTFILE": "", "INPUTRC": "/dev/null"}
        self._bash = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile", "-i"],
            cwd=folder,
            env={**environment, **own},
            dimensions=(LINES, COLUMNS),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self._bash.expect(_PROMPTED)

    def run(self, step: Step) -> list[str]:
        """Types a command and returns the screen, from its prompt to the next."""
        written = ""

        def met() -> bool:
            nonlocal written
            written = self._type(step)
            return step.until in written

        assert wait_until(met, PATIENCE), written
        return _kept(_screen(written), step.keep)

    def _type(self, step: Step) -> str:
        """Types a command and returns what its terminal got."""
        self._bash.sendline(step.command)
        written: str = ""
        for question, answer in step.answers.items():
            asked = self._bash.expect([re.escape(question), _PROMPTED]) == 0
            written += str(self._bash.before)
            assert asked, written
            written += str(self._bash.after)
            self._bash.sendline(answer)
        self._bash.expect(_PROMPTED)
        written += str(self._bash.before)
        assert self._bash.match[1] == "0", written
        return written

    def close(self) -> None:
        """Ends the shell, and what runs in it."""
        self._bash.close(force=True)


def _screen(written: str) -> list[str]:
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(written)
    return "\n".join(line.rstrip() for line in screen.display).rstrip().split("\n")


def _kept(lines: Sequence[str], pattern: str) -> list[str]:
    """Leaves out lines that do not match, all but the command, and says how many."""
    if not pattern:
        return list(lines)
    kept: list[str] = []
    left = 0
    for at, line in enumerate([*lines, None]):
        if line is not None and at and line.strip() and not re.search(pattern, line):
            left += 1
            continue
        if line is None or line.strip():
            if left:
                kept.append(f"[... {left} lines ...]")
            left = 0
        if line is not None and (line.strip() or not left):
            kept.append(line)
    return kept


def page(steps: Sequence[Step], terminal: Terminal, home: str) -> Iterator[str]:
    """Yields the lines of a page that shows a session, as it is played.

    Args:
        steps: what is done.
        terminal: where.
        home: the folder that stands as ``~`` in the page.
    """
    for step in steps:
        screen = "\n".join(terminal.run(step)).replace(home, "~")
        yield from ("", step.about) if step.about else ()
        yield from ("", "```console", screen, "```")


def normalised(text: str) -> str:
    """Returns a page without what differs from run to run."""
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text
