"""The commands of `dlq`, for dead-letter queues."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline, prompts
from domovoi_tf.cli.operations import arguments
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.text import escape_line, format_count

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.operations.dead_letters.messages import Message
    from domovoi_tf.operations.dead_letters.queue import Queue, Target

_HEADER = ["TIME", "FUNCTION", "HANDLER", "ERROR"]
_SHARED_REMEDY = (
    "A message whose function is unknown stays in the queue. Give each function of each stage its own queue "
    "(dead_letter_queue_target_arn), or use on_failure, whose messages name the function."
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

    The events themselves are not shown.

    Example: domovoi-tf dlq list --stage prod
    """
    _, queues = _open_queues(project_dir, stage, at_emulator)
    messages = [(queue, message) for queue in queues for message in queue.read_messages(limit)]
    if as_json:
        output.print_json([describe_message(queue, message) for queue, message in messages])
    elif not messages:
        click.echo(f"No messages in {', '.join(queue.name for queue in queues)}.")
    else:
        click.echo(output.format_table([_HEADER, *(_format_row(*each) for each in messages)]))


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

    Deletes the messages that are handled and keeps those that fail again. Exits with 1 if any message fails.

    Example: domovoi-tf dlq redrive --max 1 --stage prod
    """
    account, queues = _open_queues(project_dir, stage, at_emulator)
    sizes = [queue.count_messages() for queue in queues]
    total = min(sum(sizes), limit or sum(sizes))
    if total:
        names = ", ".join(target.function.name for queue in queues for target in queue.targets)
        question = f"Invoke {names} again for {format_count(total, 'message')}?"
        prompts.confirm(question, yes, "redrive them", err=True)
    results = []
    try:
        for queue, message, error in _redrive(account, queues, sizes, total):
            description = describe_message(queue, message)
            results.append({**description, "succeeded": not error, "error": error or None})
            if not as_json:
                click.echo(format_attempt(queue, message, error))
    finally:  # also what was handled before Ctrl-C or an error
        failed = sum(not result["succeeded"] for result in results)
        if as_json:
            output.print_json(results)
        else:
            click.echo(f"{len(results) - failed} handled and deleted, {failed} failed and kept.")
    if any(result["function"] is None for result in results):
        click.echo(_SHARED_REMEDY, err=True)
    if failed:
        sys.exit(1)


def _redrive(
    account: Account, queues: list[Queue], sizes: list[int], total: int
) -> Iterator[tuple[Queue, Message, str]]:
    """Invokes the functions of at most ``total`` messages, and yields each with its error or ""."""
    for queue, size in zip(queues, sizes, strict=True):
        attempt = _Attempt(account, queue)
        for message, _ in queue.redrive(attempt, min(size, total), _announce_interruption):
            total -= 1
            yield queue, message, attempt.error


class _Attempt:
    """Invokes the function of a message with its event, and keeps the error of the last attempt.

    Args:
        account: the AWS account.
        queue: the queue of the messages.
    """

    def __init__(self, account: Account, queue: Queue) -> None:
        self._account = account
        self._queue = queue
        self.error = ""

    def __call__(self, message: Message) -> bool:
        from domovoi_tf.operations.account import RefusedError
        from domovoi_tf.operations.invoke import UnknownOutcomeError, invoke_with_text

        origin = self._queue.find_origin(message)
        if origin.function is None or message.payload is None:
            self.error = origin.reason
            return False
        try:
            invocation = invoke_with_text(self._account, origin.function, message.payload)
        except UnknownOutcomeError as error:
            self.error = f"unknown outcome: {error.message} {error.remedy}"
            return False
        except RefusedError as error:  # for example because the event is too large; others may succeed
            self.error = error.message
            return False
        self.error = ""
        if invocation.failure:
            self.error = f"{invocation.failure.type}: {invocation.failure.message}"
        elif invocation.failed_records:
            self.error = f"{format_count(len(invocation.failed_records), 'record')} failed"
        return invocation.succeeded


def _announce_interruption() -> None:
    message = "Interrupted: waiting for the function's result. To stop at once, press Ctrl-C again."
    click.echo(message, err=True)


def _open_queues(project_dir: Path, stage: str, at_emulator: bool) -> tuple[Account, list[Queue]]:
    """Returns the account and the dead-letter queues of a stage, and warns about targets that are topics."""
    from domovoi_tf.operations.dead_letters.queue import NotAQueueError, Queue

    project = pipeline.load_deployed(project_dir, stage)
    account = arguments.open_account(project.settings, at_emulator)
    queues: list[Queue] = []
    topics: list[NotAQueueError] = []
    for targets in _find_targets(account, project):
        try:
            queues.append(Queue(account, project.application, targets))
        except NotAQueueError as error:
            topics.append(error)
    if not queues:
        raise topics[0]
    for topic in topics:
        output.print_warning(topic.message)
    return account, queues


def _find_targets(account: Account, project: pipeline.Project) -> list[list[Target]]:
    """Returns the functions that have a dead-letter target, grouped by target.

    Raises:
        DomovoiError: no function has one.
    """
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations.dead_letters.queue import Target

    application, settings = project
    targets: dict[str, list[Target]] = {}
    for function in application.deployed_functions:
        deployed = deployed_functions.read_function(account, settings, function.name)
        if deployed.dead_letter_target:
            targets.setdefault(deployed.dead_letter_target, []).append(Target(function.name, deployed))
    if not targets:
        raise DomovoiError(
            f"No function of {settings.name} has a dead-letter queue.",
            "Set dead_letter_queue_target_arn in .chalice/config.json to the ARN of a queue, and deploy.",
        )
    return list(targets.values())


def _format_row(queue: Queue, message: Message) -> list[str]:
    error = message.error.partition("\n")[0]
    time = f"{message.time.astimezone():%Y-%m-%d %H:%M:%S}"
    return [time, queue.find_origin(message).name or "?", _format_handlers(queue, message), error]


def _format_handlers(queue: Queue, message: Message) -> str:
    return ", ".join(queue.find_handlers(message)) or "?"


def format_attempt(queue: Queue, message: Message, error: str) -> str:
    """Returns the line for a message whose function was invoked again, with colours."""
    result = click.style("failed   ", fg="red") if error else click.style("handled  ", fg="green")
    line = f"{result}{_format_handlers(queue, message)}  {message.id}"
    return f"{line}  {escape_line(error)}" if error else line


def describe_message(queue: Queue, message: Message) -> dict[str, Any]:
    """Returns a message for JSON, without its event."""
    origin = queue.find_origin(message)
    return {
        "id": message.id,
        "time": message.time.isoformat(timespec="milliseconds"),
        "queue": queue.name,
        "function": origin.function.name if origin.function else None,
        "origin": origin.name or None,
        "handlers": queue.find_handlers(message),
        "error": message.error or None,
    }
