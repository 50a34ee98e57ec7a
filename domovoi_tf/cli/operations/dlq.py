"""Commands about dead letter queues."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import options
from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.operations.dead_letters import Letter, Queue


@click.group()
def dlq() -> None:
    """The events that functions could not handle, in their dead letter queues."""


@dlq.command("list")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@click.option("--max", "most", type=click.IntRange(1), default=100, show_default=True, help="Of each queue.")
@output.json_option
def list_letters(project_dir: Path, stage: str, at_emulator: bool, most: int, as_json: bool) -> None:
    """List the messages: when, for which handler, and what it failed with; not the events.

    Example: domovoi-tf dlq list --stage prod
    """
    _, queues = _queues(project_dir, stage, at_emulator)
    letters = [(queue, letter) for queue in queues for letter in queue.letters(most)]
    if as_json:
        output.print_json([_description(queue, letter) for queue, letter in letters])
    elif not letters:
        click.echo(f"No messages in {', '.join(queue.name for queue in queues)}.")
    else:
        rows = [_row(queue, letter) for queue, letter in letters]
        click.echo(output.table([["TIME", "FUNCTION", "HANDLER", "ERROR"], *rows]))


@dlq.command()
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@click.option("--max", "most", type=click.IntRange(1), metavar="N", help="At most so many; all if missing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def redrive(
    project_dir: Path, stage: str, at_emulator: bool, most: int | None, yes: bool, as_json: bool
) -> None:
    """Invoke the function again with each message's event; one that succeeds is deleted.

    Exit 1 when any fails again.

    Example: domovoi-tf dlq redrive --max 1 --stage prod
    """
    account, queues = _queues(project_dir, stage, at_emulator)
    sizes = [queue.size() for queue in queues]
    total = min(sum(sizes), most or sum(sizes))
    if total:
        names = ", ".join(target.function.name for queue in queues for target in queue.targets)
        _confirm(f"Invoke {names} with {total} events again?", yes)
    results = list(_redriven(account, queues, sizes, total, as_json))
    failed = sum(not result["succeeded"] for result in results)
    if as_json:
        output.print_json(results)
    else:
        click.echo(f"{len(results) - failed} handled and deleted, {failed} failed again and kept.")
    if failed:
        sys.exit(1)


def _redriven(
    account: Account, queues: list[Queue], sizes: list[int], total: int, quiet: bool
) -> Iterator[dict[str, Any]]:
    """Handles messages, and yields what became of each."""
    for queue, size in zip(queues, sizes, strict=True):
        attempt = _Attempt(account, queue)
        for letter, done in queue.redrive(attempt, min(size, total)):
            total -= 1
            if not quiet:
                _say(queue, letter, attempt.error)
            yield {**_description(queue, letter), "succeeded": done, "error": attempt.error or None}


class _Attempt:
    """Invokes the function of a message with its event. ``error`` says why the last one failed."""

    def __init__(self, account: Account, queue: Queue) -> None:
        self._account = account
        self._queue = queue
        self.error = ""

    def __call__(self, letter: Letter) -> bool:
        from domovoi_tf.operations.invoke import invoke

        function = self._queue.addressee(letter)
        if function is None:
            names = ", ".join(target.function.name for target in self._queue.targets)
            self.error = f"it cannot be told whose it is: {names}"
            return False
        done = invoke(self._account, function, letter.event)
        self.error = f"{done.failure.type}: {done.failure.message}" if done.failure else ""
        if done.failed_records:
            self.error = f"{len(done.failed_records)} records failed"
        return done.succeeded


def _queues(project_dir: Path, stage: str, at_emulator: bool) -> tuple[Account, list[Queue]]:
    """Returns where the stage is, and the dead letter queues of its functions; says what is a topic."""
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations.dead_letters import NotAQueueError, Queue, Target

    application, settings = pipeline.load_deployed(project_dir, stage)
    account = options.account(settings, at_emulator)
    targets: dict[str, list[Target]] = {}
    for function in application.functions:
        found = deployed_functions.function(account, settings, function.name)
        if found.dead_letters:
            targets.setdefault(found.dead_letters, []).append(Target(function.name, found))
    if not targets:
        raise DomovoiError(
            f"No function of {settings.name} has a dead letter queue.",
            "Give dead_letter_queue_target_arn in .chalice/config.json the ARN of a queue, and deploy.",
        )
    queues: list[Queue] = []
    topics: list[NotAQueueError] = []
    for own in targets.values():
        try:
            queues.append(Queue(account, application, own))
        except NotAQueueError as error:
            topics.append(error)
    if not queues:
        raise topics[0]
    for topic in topics:
        click.secho("Warning: ", fg="yellow", err=True, nl=False)
        click.echo(topic.message, err=True)
    return account, queues


def _row(queue: Queue, letter: Letter) -> list[str]:
    function = queue.addressee(letter)
    error = output.printable(letter.error.partition("\n")[0])
    handlers = ", ".join(queue.handlers(letter)) or "?"
    time = f"{letter.time.astimezone():%Y-%m-%d %H:%M:%S}"
    return [time, function.name if function else "?", handlers, error]


def _description(queue: Queue, letter: Letter) -> dict[str, Any]:
    function = queue.addressee(letter)
    return {
        "id": letter.id,
        "time": letter.time.isoformat(timespec="milliseconds"),
        "queue": queue.name,
        "function": function.name if function else None,
        "handlers": queue.handlers(letter),
        "error": letter.error or None,
    }


def _say(queue: Queue, letter: Letter, error: str) -> None:
    handlers = ", ".join(queue.handlers(letter)) or "?"
    if error:
        click.secho("failed   ", fg="red", nl=False)
        click.echo(f"{handlers}  {letter.id}  {output.printable(error)}")
    else:
        click.secho("handled  ", fg="green", nl=False)
        click.echo(f"{handlers}  {letter.id}")


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise DomovoiError("Nobody is there to ask: standard input is no terminal.", "Add --yes to redrive.")
    click.confirm(question, abort=True, err=True)
