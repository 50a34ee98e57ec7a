"""Describes messages in dead-letter queues, and attempts to redrive them, as text and for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domovoi_tf.cli import output
from domovoi_tf.system.suggestions import spell_aws
from domovoi_tf.system.text import escape_line, format_count

if TYPE_CHECKING:
    from domovoi_tf.operations.dead_letters.messages import Message
    from domovoi_tf.operations.dead_letters.queue import Queue

_HEADER = ["TIME", "QUEUE", "FUNCTION", "HANDLER", "ERROR"]
_SHARED_REMEDY = (
    "A message whose function is unknown stays in the queue. Give each function of each stage its own queue "
    "(dead_letter_queue_target_arn), or use on_failure, whose messages name the function."
)


class Attempt(NamedTuple):
    """An attempt to redrive a message, with its error; empty if it succeeded."""

    queue: Queue
    message: Message
    error: str

    @property
    def is_sent_back(self) -> bool:
        """Whether the message was sent back to the queue from which SQS had moved it."""
        return not self.error and bool(self.queue.find_origin(self.message).queue)


def format_messages(messages: Sequence[tuple[Queue, Message]]) -> str:
    """Returns a table of messages."""
    return output.format_table([_HEADER, *(_format_row(*each) for each in messages)])


def _format_row(queue: Queue, message: Message) -> list[str]:
    error = message.error.partition("\n")[0]
    if message.source_queue:
        error = f"moved by SQS from {_get_name(message.source_queue)}"
    time = f"{message.time.astimezone():%Y-%m-%d %H:%M:%S}"
    function = queue.find_origin(message).name or "?"
    return [time, queue.name, function, _format_handlers(queue, message), error]


def _format_handlers(queue: Queue, message: Message) -> str:
    return ", ".join(queue.find_handlers(message)) or "?"


def _get_name(arn: str) -> str:
    return arn.rpartition(":")[2]


def format_absence(queues: Sequence[Queue]) -> str:
    """Returns the sentence that queues have no messages."""
    return f"No messages in {', '.join(queue.name for queue in queues)}."


def format_question(queues: Sequence[Queue], total: int) -> str:
    """Returns the question whether to redrive messages.

    Args:
        queues: the dead-letter queues.
        total: the number of messages.
    """
    senders = [queue.senders for queue in queues]
    targets = (target for each in senders for target in (*each.letters, *each.records))
    functions = ", ".join(dict.fromkeys(target.function.name for target in targets))
    sources = ", ".join(dict.fromkeys(_get_name(arn) for each in senders for arn in each.sources))
    messages = format_count(total, "message")
    if functions and sources:
        return f"Redrive {messages}: invoke {functions} again, or send them back to {sources}?"
    return f"Send {messages} back to {sources}?" if sources else f"Invoke {functions} again for {messages}?"


def format_attempt(attempt: Attempt) -> str:
    """Returns the line for a message that was redriven, with colours."""
    word, colour = ("failed", "red") if attempt.error else ("handled", "green")
    if attempt.is_sent_back:
        word = "sent back"
    handlers = _format_handlers(attempt.queue, attempt.message)
    line = f"{click.style(f'{word:<11}', fg=colour)}{handlers}  {attempt.message.id}"
    return f"{line}  {escape_line(attempt.error)}" if attempt.error else line


def format_totals(attempts: Sequence[Attempt]) -> str:
    """Returns the numbers of messages that were handled, sent back, and kept."""
    failed = sum(bool(attempt.error) for attempt in attempts)
    sent_back = sum(attempt.is_sent_back for attempt in attempts)
    handled = len(attempts) - failed - sent_back
    return ", ".join(
        [
            *([f"{handled} handled and deleted"] if handled or not sent_back else []),
            *([f"{sent_back} sent back"] if sent_back else []),
            f"{failed} failed and kept.",
        ]
    )


def list_remedies(attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yields what to do about messages that cannot be redriven."""
    unknown = [each for each in attempts if each.error and not each.queue.find_origin(each.message).name]
    if any(not attempt.message.source_queue for attempt in unknown):
        yield _SHARED_REMEDY
    foreign = (attempt.queue.senders.arn for attempt in unknown if attempt.message.source_queue)
    for arn in dict.fromkeys(foreign):
        yield (
            f"To move all messages that SQS moved to {_get_name(arn)} back to their queues, run: "
            f"{spell_aws(f'sqs start-message-move-task --source-arn {arn}')}"
        )


def describe_message(queue: Queue, message: Message) -> dict[str, Any]:
    """Returns a message for JSON, without its event."""
    origin = queue.find_origin(message)
    return {
        "id": message.id,
        "time": message.time.isoformat(timespec="milliseconds"),
        "queue": queue.name,
        "source": message.source_queue or None,
        "function": origin.function.name if origin.function else None,
        "origin": origin.name or None,
        "handlers": queue.find_handlers(message),
        "error": message.error or None,
    }


def describe_attempt(attempt: Attempt) -> dict[str, Any]:
    """Returns an attempt for JSON, without the event."""
    return {
        **describe_message(attempt.queue, attempt.message),
        "succeeded": not attempt.error,
        "sent_back": attempt.is_sent_back,
        "error": attempt.error or None,
    }
