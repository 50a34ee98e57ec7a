"""The commands of `events`, for the events that `dev` has recorded."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_json

if TYPE_CHECKING:
    from domovoi_tf.recorder.recorder import Recorder
    from domovoi_tf.recorder.records import Run

_STATUSES = ["ok", "failed", "partial", "timeout", "crashed", "memory", "running", "interrupted"]
_run_argument = click.argument("run", metavar="ID", type=click.IntRange(1))
_redacted_option = click.option(
    "--redacted", is_flag=True, help="Send an event although values of it were replaced in the record."
)
_since_option = click.option(
    "--since",
    metavar="TIME",
    help="Select events from this time on: 10m, 2h, 1d, 17:30 or 2026-01-31T17:30.",
)
_stage_option = click.option(
    "--stage", default="", metavar="NAME", help="Select events of this stage (default: all)."
)


@click.group()
def events() -> None:
    """List, replay and save the events that `dev` has recorded."""


@events.command("list")
@options.project_option
@_stage_option
@click.option("--handler", default="", metavar="NAME", help="List only events of this handler.")
@click.option(
    "--source",
    default="",
    metavar="TEXT",
    help="List only events of this kind of source, or with TEXT in it.",
)
@click.option(
    "--status", type=click.Choice(_STATUSES), default=None, help="List only events whose run has this status."
)
@_since_option
@click.option(
    "--grep",
    "text",
    default="",
    metavar="TEXT",
    help="List only events with TEXT in the event, the result, the error or the log.",
)
@click.option(
    "-n",
    "limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="Maximum number of events.",
)
@options.json_option
def list_events(
    project_dir: Path,
    stage: str,
    handler: str,
    source: str,
    status: str | None,
    since: str | None,
    text: str,
    limit: int,
    as_json: bool,
) -> None:
    """List recorded events with their runs, newest first.

    \b
    Example: domovoi-tf events list
             domovoi-tf events list --handler tend --status failed --since 1h
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.cli.operations.recorded import view
    from domovoi_tf.recorder.query import Query
    from domovoi_tf.recorder.records import describe_summary

    query = Query(handler, source, status or "", text, limit=limit, since=_parse_since(since), stage=stage)
    with _open_events(project_dir) as recorder:
        found = recorder.list(query)
    if as_json:
        output.print_json([describe_summary(event) for event in found])
    elif found:
        output.echo(view.format_events(found))
    else:
        output.print_text("No recorded event matches these options.")


@events.command()
@_run_argument
@options.project_option
@options.json_option
def show(run: int, project_dir: Path, as_json: bool) -> None:
    """Show a recorded event with its run.

    Shows the payload, the calls of AWS that the handler made, its log, and its result or traceback.

    Example: domovoi-tf events show 12
    """
    from domovoi_tf.cli.operations.recorded import view
    from domovoi_tf.recorder.records import describe_run

    with _open_events(project_dir) as recorder:
        found = _get_run(recorder, run)
        summary, replays = recorder.get_summary(run), recorder.list_replays(run)
    if as_json:
        output.print_json({**describe_run(found, summary), "replays": list(replays)})
    else:
        output.echo(view.format_run(found, summary, replays))


@events.command()
@click.argument("runs", metavar="ID...", type=click.IntRange(1), nargs=-1)
@click.option(
    "--all-failed",
    is_flag=True,
    help="Replay each event whose run failed, once, unless a replay of it succeeded.",
)
@_since_option
@_stage_option
@_redacted_option
@options.project_option
@options.json_option
def replay(
    runs: tuple[int, ...],
    all_failed: bool,
    since: str | None,
    stage: str,
    redacted: bool,
    project_dir: Path,
    as_json: bool,
) -> None:
    """Send recorded events to their functions on the emulator again.

    The code in the working tree handles them if `domovoi-tf dev` runs, else the deployed code. Prints the
    result of a single event like `domovoi-tf invoke`, and a line for each of several. Exits with 1 if any
    fails.

    \b
    Example: domovoi-tf events replay 12
             domovoi-tf events replay --all-failed --since 1h
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.cli.terraform import place
    from domovoi_tf.recorder.replays import require_faithful

    if bool(runs) == all_failed:
        raise click.UsageError("Give the IDs of events, or --all-failed.")
    for option, value in (("--since", since), ("--stage", stage)):
        if value and not all_failed:
            raise click.UsageError(f"{option} needs --all-failed.")
    with _open_events(project_dir) as recorder:
        ids = _select_failed(recorder, stage, _parse_since(since)) if all_failed else dict.fromkeys(runs)
        selected = [_get_run(recorder, run) for run in ids]
        for each in selected:
            require_faithful(each, redacted)
        if selected:
            place.require_emulator()
        else:
            output.print_text("There is no failed event to replay.", err=as_json)
        _replay(project_dir, recorder, [(each, each.invocation.event) for each in selected], as_json)


@events.command()
@_run_argument
@_redacted_option
@options.project_option
@options.json_option
def edit(run: int, redacted: bool, project_dir: Path, as_json: bool) -> None:
    """Change a recorded event in your editor, and send it.

    Opens $VISUAL or $EDITOR with the event as JSON.

    Example: domovoi-tf events edit 12
    """
    from domovoi_tf.cli.operations.recorded import editing
    from domovoi_tf.cli.terraform import place
    from domovoi_tf.recorder.replays import require_faithful

    with _open_events(project_dir) as recorder:
        found = _get_run(recorder, run)
        require_faithful(found, redacted)
        place.require_emulator()
        event = editing.edit_event(found, project_dir)
        if event is editing.UNCHANGED:
            output.print_text("The event was not changed, so nothing was sent.", err=True)
            output.print_text(f"Send it as it is with: {spell(f'events replay {run}')}", err=True)
            return
        try:
            _replay(project_dir, recorder, [(found, event)], as_json)
        except DomovoiError as error:
            kept = editing.keep_edit(format_json(event).encode(), found, project_dir)
            error.remedy = f"{error.remedy}\n{kept}"
            raise


def _replay(project_dir: Path, recorder: Recorder, runs: list[tuple[Run, Any]], as_json: bool) -> None:
    from domovoi_tf.cli.operations.recorded import replaying

    replays = []
    for each in replaying.send_again(project_dir, recorder, runs):
        replays.append(each)
        if not as_json:
            (replaying.show_replay if len(runs) == 1 else replaying.show_line)(each)
    replaying.finish(replays, as_json)


@events.command()
@_run_argument
@click.argument("name", required=False, metavar="[NAME]")
@options.project_option
@options.json_option
def save(run: int, name: str | None, project_dir: Path, as_json: bool) -> None:
    """Save a recorded event as a test.

    Writes the event into tests/events, and a test for pytest that sends it to the app, without AWS, and
    expects the recorded result or exception. NAME replaces the ID in the names of the file and the test.

    Example: domovoi-tf events save 12 empty-order
    """
    from domovoi_tf.cli.operations.recorded import saving

    with _open_events(project_dir) as recorder:
        saved = saving.save_run(project_dir, _get_run(recorder, run), name or "")
    if as_json:
        output.print_json({"event_file": str(saved.event_file), "test_file": str(saved.test_file)})
    else:
        output.print_text(f"Saved the event in {saved.event_file}.")
        output.print_text(f"Run its test with: pytest {saved.test_file} -k {saved.test}")


def _open_events(project_dir: Path) -> Recorder:
    from domovoi_tf.recorder.database import locate_events
    from domovoi_tf.recorder.recorder import read_events

    return read_events(locate_events(project_dir))


def _get_run(recorder: Recorder, run: int) -> Run:
    try:
        return recorder.get(run)
    except KeyError:
        raise DomovoiError(
            f"There is no event {run}, or it has been removed to make room.",
            f"List the recorded events with `{spell('events list')}`.",
        ) from None


def _select_failed(recorder: Recorder, stage: str, since: float) -> list[int]:
    """Returns the IDs of failed runs to replay, oldest first, each event once and no replays."""
    from domovoi_tf.recorder.query import Query

    newest: dict[tuple[str, str], int] = {}
    solved: set[tuple[str, str]] = set()
    for summary in recorder.list(Query(is_failed=True, stage=stage, since=since, limit=1_000_000)):
        if not summary.replay_of:
            key = summary.function, json.dumps(recorder.get(summary.id).invocation.event)
            newest.setdefault(key, summary.id)
            if _has_succeeded(recorder, summary.id):
                solved.add(key)
    return sorted(run for key, run in newest.items() if key not in solved)


def _has_succeeded(recorder: Recorder, run: int) -> bool:
    return any(recorder.get_summary(replay).status == "ok" for replay in recorder.list_replays(run))


def _parse_since(since: str | None) -> float:
    """Returns the seconds since 1970 of a point in time; 0 for None."""
    from domovoi_tf.cli.operations.logs import parse_since

    return 0.0 if since is None else parse_since(since, datetime.now().astimezone()) / 1000
