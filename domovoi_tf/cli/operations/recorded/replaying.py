"""Sends recorded events to their functions on the emulator again."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.operations.invoke import describe_invocation, format_log, format_report
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_line, format_count

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.operations.invoke import Invocation
    from domovoi_tf.recorder.recorder import Recorder
    from domovoi_tf.recorder.records import Run

#: The longest time of a function in seconds: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
_LONGEST_RUN = 900
#: How often to look for the run of a replay, and how long after its result arrived, in seconds.
_INTERVAL, _PATIENCE = 0.05, 1.0


class Replay(NamedTuple):
    """A replay: the run that it repeats, the ID of its own run (0 if it was not recorded), and its result."""

    run: Run
    id: int
    invocation: Invocation


def send_again(project_dir: Path, recorder: Recorder, runs: Iterable[tuple[Run, Any]]) -> Iterator[Replay]:
    """Sends events to the functions of recorded runs, in turn, and yields each replay when it ends.

    Args:
        project_dir: the project's folder.
        recorder: the recorded events.
        runs: the runs, each with the event to send.

    Raises:
        EmulatorError: the emulator is not running.
        DomovoiError: a function is not deployed to it, or does not answer.
    """
    accounts: dict[str, Account] = {}
    for run, event in runs:
        stage = run.invocation.stage
        if stage not in accounts:
            settings = pipeline.load_settings(project_dir, [stage])[stage]
            accounts[stage] = arguments.open_account(settings, at_emulator=True)
        yield _send(accounts[stage], recorder, run, event)


def _send(account: Account, recorder: Recorder, run: Run, event: Any) -> Replay:
    """Invokes a function in a thread, and links the run of the invocation as soon as it is recorded."""
    from domovoi_tf.operations import invoke
    from domovoi_tf.operations.deployed_functions import DeployedFunction

    function = DeployedFunction(run.invocation.function, "", {}, _LONGEST_RUN, "")
    payload, results = json.dumps(event), []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(invoke.invoke_with_text(account, function, payload))
        except BaseException as error:  # raised by the thread that waits
            errors.append(error)

    revision = recorder.get_revision()
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    found = 0
    while thread.is_alive():
        thread.join(_INTERVAL)
        found = found or _link(recorder, revision, run, event)
    if errors:
        raise _explain(errors[0], run)
    return Replay(run, found or _link(recorder, revision, run, event), results[0])


def _link(recorder: Recorder, revision: int, run: Run, event: Any) -> int:
    """Links the first run with an event after a revision, and returns its ID; 0 if there is none."""
    payload = json.dumps(event)
    while True:
        next_revision, changed = recorder.changed_since(revision)
        for summary in changed:
            if summary.id > run.id and summary.function == run.invocation.function:
                new = recorder.get(summary.id)
                if summary.replay_of == run.id:
                    return new.id
                if not summary.replay_of and (new.redacted or json.dumps(new.invocation.event) == payload):
                    recorder.mark_replay(new.invocation.request_id, run.id)
                    return new.id
        if next_revision == revision:
            return 0
        revision = next_revision


def _explain(error: BaseException, run: Run) -> BaseException:
    """Returns the error of an invocation, or a better one if the function is not deployed."""
    code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
    if isinstance(error, DomovoiError) and code == "ResourceNotFoundException":
        return DomovoiError(
            f"The function {run.invocation.function} is not deployed to the emulator.",
            f"Run `{spell('dev', run.invocation.stage)}`, which deploys it.",
        )
    return error


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
    """Prints JSON, or a warning if nothing was recorded and the total; exits with 1 if a replay failed."""
    if as_json:
        output.print_json([describe_replay(replay) for replay in replays])
    failed = sum(not replay.invocation.succeeded for replay in replays)
    if not as_json and len(replays) > 1:
        output.print_text(f"{format_count(len(replays), 'replay')}, {failed} failed.")
    if unrecorded := {each.run.invocation.stage for each in replays if not each.id}:
        output.print_warning(
            f"`{spell('dev', *sorted(unrecorded)[:1])}` does not run, so the deployed code handled what was "
            "sent, and its runs are not recorded."
        )
    if failed:
        sys.exit(1)
