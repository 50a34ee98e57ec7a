"""Finds out what a saved change means for Terraform, and applies it when the user wants it.

A new decorator renders other files, and needs an apply: the emulator must have another resource. A change of
a handler's code needs none, because `domovoi-tf dev` runs the code in the working tree. Rendering, planning
and applying are commands of domovoi-tf in child processes, of which one runs at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from domovoi_tf.errors import DomovoiError
from domovoi_tf.plans.attribute_diff import Difference
from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.resource_owners import Owner
from domovoi_tf.plans.summary import align_lines, summarize
from domovoi_tf.system.text import strip_colours

#: Runs the command line without the working folder on Python's path: a project may have a module `click`.
PROGRAM = "import sys; sys.path[:] = filter(None, sys.path); from domovoi_tf.cli import main; main()"
#: So that checks do not slow the handlers. https://man7.org/linux/man-pages/man1/nice.1.html
_LOW_PRIORITY = ("nice", "-n", "10")
#: Seconds for a command to end after SIGTERM, which Terraform uses to unlock the state.
_PATIENCE = 10.0
#: The exit code of `render --check` if files are out of date.
_STALE = 1
_ERROR = re.compile(r"^(?:│ )?Error: ", re.MULTILINE)
#: A box of Terraform's, and warnings that follow an error.
_BOX = re.compile(r"^[╷│╵] ?", re.MULTILINE)
_WARNING = re.compile(r"^Warning: .*", re.MULTILINE | re.DOTALL)
_FINISHED = re.compile(r"^(\S+): (?:Creation|Modifications|Destruction) complete after", re.MULTILINE)
#: The longest message of a command, from its end.
_LONGEST_MESSAGE = 4000


class PendingChange(NamedTuple):
    """The meaning of the files as they are now for Terraform.

    Args:
        lines: the changes by handler, in two columns; empty if nothing is left to apply.
        problem: why the app cannot be deployed, with the place; empty if it can.
        operations: the number of resources that an apply creates, changes or destroys.
    """

    lines: tuple[str, ...] = ()
    problem: str = ""
    operations: int = 0


class _Result(NamedTuple):
    """The end of a command."""

    code: int
    output: str
    errors: str


class _SupersededError(Exception):
    """A newer check has ended the command of this one."""


class TreeWatch:
    """Checks and applies what saved files change at the emulator.

    Attributes:
        pending: the changes that can be applied; None if there are none.

    Args:
        project: the project's folder.
        stage: the name of the stage.
        options: options of `render` and `local deploy` that decide how the app is imported.
        progress: called with each part of an apply in words, such as "1 of 2  module.app.…".
    """

    def __init__(
        self,
        project: Path,
        stage: str,
        options: Sequence[str] = (),
        progress: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.pending: PendingChange | None = None
        self._project = project
        self._arguments, self._options = ("--stage", stage), options
        self._progress = progress
        self._lock = asyncio.Lock()
        self._latest = 0
        self._checking: asyncio.subprocess.Process | None = None
        self._problem = ""
        # The tree is rendered before the plan, so that it is up to date even if no plan followed.
        self._must_plan = False
        self._has_shown = False

    @property
    def is_checking(self) -> bool:
        """Whether a check runs."""
        return self._checking is not None

    async def check(self) -> PendingChange | None:
        """Finds out what the saved files change. It ends a check that still runs, but never an apply.

        Returns:
            None if there is nothing new: neither changes nor a problem that the last check did not return, or
            a newer check has begun.
        """
        self._latest += 1
        number = self._latest
        if self._checking:
            _terminate(self._checking)
        async with self._lock:
            try:
                return await self._check(number)
            except _SupersededError:
                return None

    async def apply(self, pending: PendingChange) -> None:
        """Applies changes. If it is cancelled, Terraform finishes what it has begun.

        Args:
            pending: the changes, as `check` returned them last.

        Raises:
            DomovoiError: they are not the last ones, or the apply failed. The message is the command's.
        """
        async with self._lock:
            if pending != self.pending:
                message = "The changes that were shown are not the last ones."
                raise DomovoiError(message, "Nothing was applied. Look at the changes again.")
            self.pending, self._must_plan, self._has_shown = None, True, False
            result = await self._run_apply(pending.operations)
            if result.code:
                raise DomovoiError(_describe_error(result))
            self._must_plan = False

    async def _check(self, number: int) -> PendingChange | None:
        self._require_latest(number)
        result = await self._run_check(number, "render", "--check", "--json")
        if result.code and not result.output.strip():
            return self._note_problem(_describe_error(result))
        if result.code != _STALE and not self._must_plan:
            return self._note_no_problem()
        self.pending, self._must_plan = None, True
        result = await self._run_check(number, "local", "deploy", "--dry-run", "--json")
        if result.code:
            return self._note_problem(_describe_error(result))
        self._must_plan, self._problem = False, ""
        found = read_plan(json.loads(result.output))
        self.pending = found if found.lines else None
        had_shown, self._has_shown = self._has_shown, bool(found.lines)
        return found if found.lines or had_shown else None

    def _note_problem(self, problem: str) -> PendingChange | None:
        """Returns a problem, once."""
        is_new, self._problem = problem != self._problem, problem
        return PendingChange(problem=problem) if is_new else None

    def _note_no_problem(self) -> PendingChange | None:
        """Returns the pending changes again if a problem has hidden them."""
        had_problem, self._problem = bool(self._problem), ""
        return self.pending if had_problem else None

    def _require_latest(self, number: int) -> None:
        if number != self._latest:
            raise _SupersededError

    async def _run_check(self, number: int, *command: str) -> _Result:
        """Runs a command of a check, with low priority."""
        prefix = _LOW_PRIORITY if shutil.which(_LOW_PRIORITY[0]) else ()
        process = self._checking = await self._start(prefix, (*command, *self._options))
        try:
            output, errors = await process.communicate()
        finally:
            self._checking = None
            await _end(process)
        self._require_latest(number)
        return _Result(process.returncode or 0, output.decode(errors="replace"), _read(errors))

    async def _run_apply(self, operations: int) -> _Result:
        process = await self._start((), ("local", "apply"))
        output = cast("asyncio.StreamReader", process.stdout)
        errors = asyncio.create_task(cast("asyncio.StreamReader", process.stderr).read())
        finished: list[str] = []
        try:
            async for line in output:
                if found := _FINISHED.findall(_read(line)):
                    finished += found
                    self._progress(f"{len(finished)} of {operations}  {finished[-1]}")
            return _Result(await process.wait(), "", _read(await errors))
        finally:
            errors.cancel()
            # Terraform finishes what it has begun, however long that takes.
            await asyncio.shield(_end(process, None))

    async def _start(self, prefix: Sequence[str], command: Sequence[str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *prefix,
            sys.executable,
            "-c",
            PROGRAM,
            *command,
            *self._arguments,
            cwd=self._project,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=2**20,
        )


def read_plan(document: Mapping[str, Any]) -> PendingChange:
    """Returns the changes in the JSON of `deploy --dry-run`, without those of the code of functions.

    Args:
        document: the JSON value.
    """
    changes = [
        Change(
            owner=Owner(**each["owner"]),
            address=each["address"],
            type="",  # what is lost with a resource of a type is in "loss" already
            action=each["action"],
            resource=each["what"],
            differences=tuple(
                Difference((attribute["name"],), attribute["before"], attribute["after"])
                for attribute in each.get("attributes", ())
            ),
            reason=each.get("reason", ""),
            loss=each.get("loss", ""),
            previous=each.get("moved_from", ""),
        )
        for each in document["changes"]
        if not _is_code(each)
    ]
    lines = tuple(line.removeprefix("  ") for line in align_lines(summarize(changes)))
    return PendingChange(lines, operations=sum(document["totals"].values()))


def _is_code(change: Mapping[str, Any]) -> bool:
    """Returns whether only the code of a function changes, or an output with its version."""
    if change["owner"]["kind"] == "outputs":
        return True
    names = [attribute["name"] for attribute in change.get("attributes", ())]
    return change["action"] == "update" and names == ["code"]


def _describe_error(result: _Result) -> str:
    """Returns the message and the remedy of a command that failed."""
    text = strip_colours(result.errors)
    if match := _ERROR.search(text):
        text = _WARNING.sub("", _BOX.sub("", text[match.start() :])).removeprefix("Error: ")
    text = text.strip()[-_LONGEST_MESSAGE:]
    return text or f"domovoi-tf exited with {result.code}."


def _read(data: bytes) -> str:
    return data.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process, seconds: float | None = _PATIENCE) -> None:
    """Ends a command that still runs, and waits for it.

    Args:
        process: the command.
        seconds: how long it may go on before it is killed; None for ever.
    """
    _terminate(process)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except asyncio.TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _terminate(process: asyncio.subprocess.Process) -> None:
    """Asks a command to end, but not its group: at a second signal, Terraform leaves without its state."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
