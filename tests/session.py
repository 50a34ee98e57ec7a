"""Records a session of a new user in a terminal: the commands, and the screen after each."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect
from screen import LINES, PATIENCE, render_screen

from domovoi_tf.local.emulator_environment import UNSET
from domovoi_tf.system.background_processes import wait_until

COLUMNS = 140
#: The beginnings of variables that a new user does not have.
_REMOVED = ("TF_VAR_", "TF_CLI_ARGS", "DOMOVOI_TF_", "NO_COLOR", "AWS_")
#: Bash writes this invisible sequence, with the exit code of the last command, before each prompt.
_PROMPT = "\x1b]777;%s\x07"
PROMPTED = re.compile(r"\x1b]777;(\d+)\x07")
#: Patterns of text that differs between runs, with the words that replace it for a comparison.
_VARYING = [
    (r"127\.0\.0\.1:\d+", "ENDPOINT"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
    (r"\b[0-9a-f]{32,}\b|[A-Za-z0-9+/]{43}=", "DIGEST"),
    (r"\d{4}-\d\d-\d\d", "DATE"),
    (r"\d\d:\d\d:\d\d(\.\d+\+0000)?", "TIME"),
    (r"\b[\d.]+ (ms|MB)\b|\b\d+ of (?=\d+ MB)", "AMOUNT"),
    (r"\b\d+\.\d+(?= s\b|[,:]|$)|\b\d+(?=s\b)", "SECONDS"),
    (r"\bjust now|\d+ minutes ago", "AGO"),
    # A package has bytecode if the machine has the Python that compiles it.
    (r"^(?:Bytecode for|No bytecode:).*\n(?:  .*\n)*", ""),
    (r"\b\d+ files?(?=$|, [\d,]+ bytes)", "FILES"),
    (r"[\d,]+ bytes|[\d,]+(?= unzipped)", "BYTES"),
    (r"process \d+", "PROCESS"),
    (r"\[\.\.\. \d+ lines \.\.\.\]", "LINES"),
    (r" {2,}", "  "),
]


def build_variables(home: Path) -> dict[str, str]:
    """Returns the environment variables of a new user, whose programs in ``bin`` come first."""
    path = os.pathsep.join([str(home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(_REMOVED) and n not in UNSET}
    own = {"HOME": str(home), "DOMOVOI_TF_HOME": str(home / ".state")}
    return {**inherited, **own, "PATH": path, "LC_ALL": "C.UTF-8"}


class Step(NamedTuple):
    """A step of the user.

    Args:
        about: the purpose, in a sentence or two.
        command: the command to type.
        answers: the text to type after each question.
        until: repeats the command until the screen has this text; only the last run is shown.
        keep: a pattern of the lines to keep, for commands with a long output (default: all lines).
        code: the exit code of the command.
    """

    about: str
    command: str
    answers: Mapping[str, str] = {}
    until: str = ""
    keep: str = ""
    code: int = 0


class Terminal:
    """Runs a shell in a terminal.

    Args:
        folder: the working folder of the shell.
        environment: the environment variables of the shell.
        columns: the width of the terminal.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], columns: int = COLUMNS) -> None:
        self._columns = columns
        own = {"PS1": "$ ", "PROMPT_COMMAND": f"printf '{_PROMPT}' $?", "TERM": "xterm-256color"}
        own |= {"HISTFILE": "", "INPUTRC": "/dev/null"}
        self._bash = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile", "-i"],
            cwd=folder,
            env={**environment, **own},
            dimensions=(LINES, columns),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self._bash.expect(PROMPTED)

    def run(self, step: Step) -> list[str]:
        """Types a command and returns the screen from its prompt to the next one."""
        written = ""

        def is_done() -> bool:
            nonlocal written
            written = self._type(step)
            return step.until in written

        assert wait_until(is_done, PATIENCE), written
        return _omit_lines(render_screen(written, self._columns), step.keep)

    def _type(self, step: Step) -> str:
        """Types a command and returns the output to the terminal."""
        self._bash.sendline(step.command)
        written: str = ""
        for question, answer in step.answers.items():
            asked = self._bash.expect([re.escape(question), PROMPTED]) == 0
            written += str(self._bash.before)
            assert asked, written
            written += str(self._bash.after)
            self._bash.sendline(answer)
        self._bash.expect(PROMPTED)
        written += str(self._bash.before)
        assert self._bash.match[1] == str(step.code), written
        return written

    def close(self) -> None:
        """Ends the shell and its processes."""
        self._bash.close(force=True)


def _omit_lines(lines: Sequence[str], pattern: str) -> list[str]:
    """Replaces lines that do not match, except the command, with their number."""
    if not pattern:
        return list(lines)
    result: list[str] = []
    omitted = 0
    for at, line in enumerate([*lines, None]):
        if line is not None and at and line.strip() and not re.search(pattern, line):
            omitted += 1
            continue
        if line is None or line.strip():
            if omitted:
                result.append(f"[... {omitted} lines ...]")
            omitted = 0
        if line is not None and (line.strip() or not omitted):
            result.append(line)
    return result


def play(steps: Sequence[Step], terminal: Terminal, home: str) -> Iterator[str]:
    """Plays a session, and yields the lines of a page that shows it.

    Args:
        steps: the steps of the session.
        terminal: the terminal.
        home: the folder that the page shows as ``~``.
    """
    for step in steps:
        screen = "\n".join(terminal.run(step)).replace(home, "~")
        yield from ("", step.about) if step.about else ()
        yield from ("", "```console", screen, "```")


def normalize(text: str) -> str:
    """Returns a page in which text that differs between runs is replaced."""
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text
