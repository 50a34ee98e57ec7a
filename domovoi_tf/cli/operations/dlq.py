"""The commands of `dlq`, for dead-letter queues."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline, prompts
from domovoi_tf.cli.operations import arguments, dlq_view
from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.operations.dead_letters.queue import Queue

_NO_QUEUE_REMEDY = (
    "Set dead_letter_queue_target_arn in .chalice/config.json for asynchronous invocations, "
    "max_receive_count of sqs_queue_subscriber for a queue, or on_failure for a stream, and deploy."
)


@click.group()
def dlq() -> None:
    """List and redrive the messages in dead-letter queues."""


@dlq.command("list")
@options.deployment_options
@click.option(
    "--max",
    "limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Maximum number of messages of each queue.",
)
@options.json_option
def list_messages(project_dir: Path, stage: str, at_emulator: bool, limit: int, as_json: bool) -> None:
    """List the messages with their times, handlers and errors.

    Shows the dead-letter queues of functions, of SQS queues that functions read, and of streams. The events
    themselves are not shown.

    Example: domovoi-tf dlq list --stage prod
    """
    _, queues = _open_queues(project_dir, stage, at_emulator)
    messages = [(queue, message) for queue in queues for message in queue.read_messages(limit)]
    if as_json:
        output.print_json([dlq_view.describe_message(queue, message) for queue, message in messages])
    elif not messages:
        output.print_text(dlq_view.format_absence(queues))
    else:
        click.echo(dlq_view.format_messages(messages))


@dlq.command()
@options.deployment_options
@click.option(
    "--max",
    "limit",
    type=click.IntRange(1),
    metavar="N",
    help="Maximum number of messages (default: all).",
)
@options.yes_option
@options.json_option
def redrive(
    project_dir: Path, stage: str, at_emulator: bool, limit: int | None, yes: bool, as_json: bool
) -> None:
    """Invoke the functions again with the messages' events.

    Sends messages that SQS moved back to their queue instead. Deletes the messages that are handled or sent
    back, and keeps those that fail again. Exits with 1 if any message fails.

    Example: domovoi-tf dlq redrive --max 1 --stage prod
    """
    account, queues = _open_queues(project_dir, stage, at_emulator)
    sizes = [queue.count_messages() for queue in queues]
    total = min(sum(sizes), limit or sum(sizes))
    if total:
        filled = [queue for queue, size in zip(queues, sizes, strict=True) if size]
        prompts.confirm(dlq_view.format_question(filled, total), yes, "redrive them", err=True)
    attempts: list[dlq_view.Attempt] = []
    try:
        for attempt in _redrive(account, queues, sizes, total):
            attempts.append(attempt)
            if not as_json:
                output.print_text(dlq_view.format_attempt(attempt))
    finally:  # also what was handled before Ctrl-C or an error
        if as_json:
            output.print_json([dlq_view.describe_attempt(attempt) for attempt in attempts])
        elif total:
            output.print_text(dlq_view.format_totals(attempts))
        else:
            output.print_text(dlq_view.format_absence(queues))
    for line in dlq_view.list_remedies(attempts):
        output.print_text(line, err=True)
    if any(attempt.error for attempt in attempts):
        sys.exit(1)


def _redrive(
    account: Account, queues: list[Queue], sizes: list[int], total: int
) -> Iterator[dlq_view.Attempt]:
    """Invokes the functions of at most ``total`` messages or sends them back, and yields the results."""
    from domovoi_tf.operations.dead_letters.redriver import Redriver

    for queue, size in zip(queues, sizes, strict=True):
        attempt = Redriver(account, queue)
        for message, _ in queue.redrive(attempt, min(size, total), _announce_interruption):
            total -= 1
            yield dlq_view.Attempt(queue, message, attempt.error)


def _announce_interruption() -> None:
    message = "Interrupted: waiting for the function's result. To stop at once, press Ctrl-C again."
    output.print_text(message, err=True)


def _open_queues(project_dir: Path, stage: str, at_emulator: bool) -> tuple[Account, list[Queue]]:
    """Returns the account and the dead-letter queues of a stage, and warns about targets that are topics."""
    from domovoi_tf.operations.dead_letters.queue import NotAQueueError, Queue
    from domovoi_tf.operations.dead_letters.senders import find_senders

    application, settings = pipeline.load_deployed(project_dir, stage)
    account = arguments.open_account(settings, at_emulator)
    queues: list[Queue] = []
    topics: list[NotAQueueError] = []
    for senders in find_senders(account, application, settings, output.print_warning):
        try:
            queues.append(Queue(account, application, senders))
        except NotAQueueError as error:
            topics.append(error)
    if not (queues or topics):
        raise DomovoiError(f"{settings.name} has no dead-letter queue.", _NO_QUEUE_REMEDY)
    if not queues:
        raise topics[0]
    for topic in topics:
        output.print_warning(topic.message)
    return account, queues
