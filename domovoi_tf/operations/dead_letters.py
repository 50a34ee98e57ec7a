"""The events that a function could not handle, in the queue that is its dead letter target.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import Account, explained
from domovoi_tf.operations.deployed_functions import Deployed, handlers_of

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application

#: How long a message that was read is hidden from others, at least, in seconds.
_HIDDEN = 60
_MOST_AT_ONCE = 10
#: So that every server of the queue is asked: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_WAIT = 1


class NotAQueueError(DomovoiError):
    """A function's dead letter target is a topic, which keeps nothing."""


class Letter(NamedTuple):
    """A message: its id and when it was sent, what the function failed with, the event, and its receipt.

    ``function`` is the function's name where the message has it.
    """

    id: str
    time: datetime
    error: str
    event: Any
    receipt: str
    function: str = ""


class Target(NamedTuple):
    """A function with a dead letter target: its name in the app, and as it is deployed."""

    name: str
    function: Deployed


class Queue:
    """A queue that is the dead letter target of functions.

    Args:
        account: where it is.
        application: the app.
        targets: the functions, one or more, all with the ARN of this queue.

    Raises:
        NotAQueueError: the target is a topic.
        AwsError: AWS cannot be asked, or the queue is gone.
    """

    def __init__(self, account: Account, application: Application, targets: Sequence[Target]) -> None:
        arn = targets[0].function.dead_letters
        service, owner, name = _parts(arn)
        if service != "sqs":
            names = ", ".join(target.function.name for target in targets)
            raise NotAQueueError(
                f"What {names} cannot handle goes to the topic {arn}: "
                "a topic keeps no messages that could be listed.",
                "Subscribe a queue to it, or make dead_letter_queue_target_arn a queue.",
            )
        self.name = name
        self.targets = tuple(targets)
        self._application = application
        self._timeout = max(target.function.timeout for target in targets)
        self._client = account.client("sqs")
        with explained():
            found = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)
        self._url = str(found["QueueUrl"])

    def addressee(self, letter: Letter) -> Deployed | None:
        """Returns the function that could not handle a message; None where several may have.

        Lambda's messages do not name it: then it is the one that has a handler for the event.
        """
        own = [target.function for target in self.targets if target.function.name == letter.function]
        if own or len(self.targets) == 1:
            return own[0] if own else self.targets[0].function
        known = [target.function for target in self.targets if self._handlers(target, letter)]
        return known[0] if len(known) == 1 else None

    def handlers(self, letter: Letter) -> list[str]:
        """Returns the handlers that a message may be for."""
        addressee = self.addressee(letter)
        asked = [target for target in self.targets if addressee in (None, target.function)]
        return [handler for target in asked for handler in self._handlers(target, letter)]

    def _handlers(self, target: Target, letter: Letter) -> list[str]:
        return handlers_of(self._application, target.name, letter.event, target.function.environment)

    def letters(self, most: int) -> list[Letter]:
        """Returns messages, the oldest first, and leaves them in the queue.

        Args:
            most: how many.

        Raises:
            AwsError: AWS cannot be asked.
        """
        found: list[Letter] = []
        try:
            while len(found) < most and (batch := self._receive(most - len(found), _HIDDEN)):
                found += batch
        finally:
            for letter in found:
                self._show(letter)
        return sorted(found, key=lambda letter: letter.time)

    def redrive(self, handle: Callable[[Letter], bool], most: int) -> Iterator[tuple[Letter, bool]]:
        """Has messages handled one by one, and yields each with whether it was; then it is deleted.

        Args:
            handle: handles a message, and says whether that went well.
            most: how many.

        Raises:
            AwsError: AWS cannot be asked.
        """
        kept: list[Letter] = []
        try:
            for _ in range(most):
                # As long as it is handled nobody else gets it, and this loop not again what failed.
                batch = self._receive(1, _HIDDEN + self._timeout)
                if not batch:
                    return
                letter = batch[0]
                kept.append(letter)
                done = handle(letter)
                if done:
                    with explained():
                        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
                    kept.pop()
                yield letter, done
        finally:
            for letter in kept:
                self._show(letter)

    def size(self) -> int:
        """Returns about how many messages there are.

        Raises:
            AwsError: AWS cannot be asked.
        """
        name = "ApproximateNumberOfMessages"
        with explained():
            found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(found["Attributes"][name])

    def _receive(self, most: int, hidden: int) -> list[Letter]:
        with explained():
            found = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(most, _MOST_AT_ONCE),
                VisibilityTimeout=hidden,
                WaitTimeSeconds=_WAIT,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
        return [_letter(message) for message in found.get("Messages", [])]

    def _show(self, letter: Letter) -> None:
        with explained():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )


def _parts(arn: str) -> tuple[str, str, str]:
    parts = arn.split(":", 5)
    return parts[2], parts[4], parts[5]


def _letter(message: Mapping[str, Any]) -> Letter:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    attributes = {
        name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
    }
    event, error = body, attributes.get("ErrorMessage", "")
    function = ""
    if isinstance(body, dict) and {"requestContext", "requestPayload", "responsePayload"} <= body.keys():
        # The form of a destination's record, which a queue may get as well (and which the emulator sends).
        event = body["requestPayload"]
        answer = body["responsePayload"] if isinstance(body["responsePayload"], dict) else {}
        error = ": ".join(str(answer[key]) for key in ("errorType", "errorMessage") if answer.get(key))
        context = body["requestContext"] if isinstance(body["requestContext"], dict) else {}
        # A destination's record names the function with its version.
        function = str(context.get("functionArn", "")).partition(":function:")[2].partition(":")[0]
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    when = datetime.fromtimestamp(sent, timezone.utc)
    return Letter(message["MessageId"], when, error, event, message["ReceiptHandle"], function)
