"""Sends recorded events to their functions on the emulator again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.operations.invoke import describe_invocation, format_log, format_report
from domovoi_tf.cli.terraform import place
from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_line, format_count

if TYPE_CHECKING:
    from domovoi_tf.local.forwarding.addresses import Forwarding
    from domovoi_tf.operations.account import Account
    from domovoi_tf.operations.invoke import Invocation
    from domovoi_tf.recorder.recorder import Recorder
    from domovoi_tf.recorder.records import Outcome, Run

#: The longest time of a function in seconds: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
_LONGEST_RUN = 900
#: How often to look whether a run has ended, in seconds.
_INTERVAL = 0.05


class Replay(NamedTuple):
    """A replay: the run that it repeats, the ID of its own run (0 if it was not recorded), and its result."""

    run: Run
    id: int
    invocation: Invocation


def send_again(project_dir: Path, recorder: Recorder, runs: Iterable[tuple[Run, Any]]) -> Iterator[Replay]:
    """Sends events to the functions of recorded runs, in turn, and yields each replay when it ends.

    The working tree handles them if `dev` runs in this project, and the deployed code otherwise.

    Args:
        project_dir: the project's folder.
        recorder: the recorded events.
        runs: the runs, each with the event to send.

    Raises:
        EmulatorError: the emulator is not running, or `dev` ended before a run did.
        DomovoiError: a function is not deployed to the emulator, or does not answer.
    """
    from domovoi_tf.local.forwarding.addresses import find_forwarding

    folder, project = place.require_emulator().folder, str(project_dir.resolve())
    accounts: dict[str, Account] = {}
    for run, event in runs:
        forwarding = find_forwarding(folder, run.invocation.function)
        if forwarding and forwarding.project == project:
            yield _ask_dev(forwarding, recorder, run, event)
            continue
        stage = run.invocation.stage
        if stage not in accounts:
            output.print_warning(_describe_handling(forwarding, stage))
            settings = pipeline.load_settings(project_dir, [stage])[stage]
            accounts[stage] = arguments.open_account(settings, at_emulator=True)
        yield _invoke_deployed(accounts[stage], run, event)


def _describe_handling(forwarding: Forwarding | None, stage: str) -> str:
    """Returns the warning that this project's `dev` handles no events."""
    command = spell("dev", stage)
    if forwarding:
        return f"`dev` in {forwarding.project} handles the events, and records them there."
    return f"`{command}` does not run, so the deployed code handles the events, and they are not recorded."


def _ask_dev(forwarding: Forwarding, recorder: Recorder, run: Run, event: Any) -> Replay:
    """Has `dev` handle an event, and returns the replay when its run has ended."""
    from domovoi_tf.local.forwarding.replays import request_replay
    from domovoi_tf.recorder.records import RUNNING

    new = request_replay(forwarding, run.invocation.function, event, run.id)
    while recorder.get_summary(new).status == RUNNING and forwarding.is_alive():
        time.sleep(_INTERVAL)
    ended = recorder.get(new)
    if ended.outcome is None:
        raise EmulatorError(
            f"`dev` (process {forwarding.pid}) ended before event {new} was handled.",
            f"Start `{spell('dev', run.invocation.stage)}` again, and replay the event.",
        )
    return Replay(run, new, _convert_outcome(ended.invocation.request_id, ended.outcome))


def _convert_outcome(request_id: str, outcome: Outcome) -> Invocation:
    """Returns the end of a recorded run in the form that `invoke` prints."""
    from domovoi_tf.operations.invoke import Failure, Invocation
    from domovoi_tf.operations.log_format import Report
    from domovoi_tf.recorder.records import PARTIAL

    failure = None
    if found := outcome.failure:
        frames = tuple(line for frame in found.frames for line in frame.rstrip("\n").split("\n"))
        failure = Failure(found.type, found.message, frames)
    elif outcome.status not in ("ok", PARTIAL):
        failure = Failure(outcome.status, "")
    report = Report(duration_ms=round(outcome.duration_ms, 2), max_memory_used_mb=outcome.memory_mb or None)
    log = tuple(line.text for line in outcome.log)
    return Invocation(request_id, outcome.result, failure, log, report)


def _invoke_deployed(account: Account, run: Run, event: Any) -> Replay:
    """Invokes a function on the emulator."""
    from domovoi_tf.operations import invoke
    from domovoi_tf.operations.deployed_functions import DeployedFunction

    function = DeployedFunction(run.invocation.function, "", {}, _LONGEST_RUN, "")
    try:
        return Replay(run, 0, invoke.invoke(account, function, event))
    except DomovoiError as error:
        code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
        if code != "ResourceNotFoundException":
            raise
        raise DomovoiError(
            f"The function {function.name} is not deployed to the emulator.",
            f"Run `{spell('dev', run.invocation.stage)}`, which deploys it.",
        ) from error


def show_replay(replay: Replay) -> None:
    """Prints the log, the result and the report of a replay, as `invoke` does."""
    invocation = replay.invocation
    for line in format_log(invocation):
        output.echo(line, err=True)
    if not invocation.failure:
        output.print_json(invocation.result)
    output.print_text(f"{replay.run.invocation.function}: {format_report(invocation)}", err=True)
    if replay.id:
        output.print_text(f"Recorded as event {replay.id}: {spell(f'events show {replay.id}')}", err=True)


def show_line(replay: Replay) -> None:
    """Prints a line for a replay."""
    failure = replay.invocation.failure
    word, colour = ("ok", "green") if replay.invocation.succeeded else ("failed", "red")
    recorded = f" as {replay.id}" if replay.id else ""
    error = escape_line(f"  {failure.type}: {failure.message}") if failure else ""
    output.echo(f"{click.style(f'{word:<8}', fg=colour)}{replay.run.id}{recorded}{error}")


def describe_replay(replay: Replay) -> dict[str, Any]:
    """Returns a replay for JSON."""
    function = replay.run.invocation.function
    handlers = replay.run.outcome.handlers if replay.run.outcome else ()
    described = describe_invocation(replay.invocation, ", ".join(handlers), function)
    return {"id": replay.id or None, "replay_of": replay.run.id, **described}


def finish(replays: list[Replay], as_json: bool) -> None:
    """Prints JSON or the total, and exits with 1 if a replay failed."""
    failed = sum(not replay.invocation.succeeded for replay in replays)
    if as_json:
        output.print_json([describe_replay(replay) for replay in replays])
    elif len(replays) > 1:
        output.print_text(f"{format_count(len(replays), 'replay')}, {failed} failed.")
    if failed:
        sys.exit(1)
