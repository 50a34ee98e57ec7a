"""Reads and redrives the messages in dead-letter queues: the events that functions failed to handle.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import Account, translate_errors
from domovoi_tf.operations.deployed_functions import DeployedFunction, find_handlers

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application

#: The minimum visibility timeout of a received message.
_VISIBILITY_SECONDS = 60
_MAX_BATCH_SIZE = 10
#: Long polling queries all servers of the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_WAIT_SECONDS = 1


class NotAQueueError(DomovoiError):
    """The dead-letter target of a function is a topic, which stores no messages."""


class Message(NamedTuple):
    """A message in a dead-letter queue.

    Args:
        id: the message ID.
        time: the time at which it was sent.
        error: the error of the function; empty if the message does not contain it.
        event: the event.
        receipt: the receipt handle.
        function: the name of the function on AWS; empty if the message does not contain it.
    """

    id: str
    time: datetime
    error: str
    event: Any
    receipt: str
    function: str = ""


class Target(NamedTuple):
    """A function with a dead-letter target: its name in the app, and the deployed function."""

    name: str
    function: DeployedFunction


class Queue:
    """A queue that is the dead-letter target of functions.

    Args:
        account: the account and Region.
        application: the app.
        targets: the functions, one or more, whose dead-letter target is this queue.

    Raises:
        NotAQueueError: the target is a topic.
        AwsError: the queue does not exist, or AWS refused the request.
    """

    def __init__(self, account: Account, application: Application, targets: Sequence[Target]) -> None:
        arn = targets[0].function.dead_letter_target
        service, owner, name = _split_arn(arn)
        if service != "sqs":
            names = ", ".join(target.function.name for target in targets)
            raise NotAQueueError(
                f"The dead-letter target of {names} is the topic {arn}, which stores no messages.",
                "Subscribe a queue to it, or set dead_letter_queue_target_arn to the ARN of a queue.",
            )
        self.name = name
        self.targets = tuple(targets)
        self._application = application
        self._timeout = max(target.function.timeout for target in targets)
        self._client = account.create_client("sqs")
        with translate_errors():
            response = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)
        self._url = str(response["QueueUrl"])

    def find_function(self, message: Message) -> DeployedFunction | None:
        """Returns the function that failed to handle a message; None if it cannot be determined.

        A message that Lambda sends to a dead-letter queue does not name the function. The function is then
        the only one that has a handler for the event.

        Args:
            message: a message of this queue.
        """
        functions = [target.function for target in self.targets]
        named = [function for function in functions if function.name == message.function]
        if named or len(functions) == 1:
            return named[0] if named else functions[0]
        matches = [target.function for target in self.targets if self._find_handlers(target, message)]
        return matches[0] if len(matches) == 1 else None

    def find_handlers(self, message: Message) -> list[str]:
        """Returns the handlers that a message may be for.

        Args:
            message: a message of this queue.
        """
        function = self.find_function(message)
        targets = [target for target in self.targets if function in (None, target.function)]
        return [handler for target in targets for handler in self._find_handlers(target, message)]

    def _find_handlers(self, target: Target, message: Message) -> list[str]:
        return find_handlers(self._application, target.name, message.event, target.function.environment)

    def read_messages(self, limit: int) -> list[Message]:
        """Returns messages, oldest first, and leaves them in the queue.

        Args:
            limit: the maximum number of messages.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        messages: list[Message] = []
        try:
            while batch := self._receive(limit - len(messages), _VISIBILITY_SECONDS):
                messages += batch
        finally:
            for message in messages:
                self._make_visible(message)
        return sorted(messages, key=lambda message: message.time)

    def redrive(self, handle: Callable[[Message], bool], limit: int) -> Iterator[tuple[Message, bool]]:
        """Handles messages one by one, and deletes those that are handled successfully.

        Args:
            handle: handles a message, and returns whether it succeeded.
            limit: the maximum number of messages.

        Yields:
            Each message, and whether it was handled.

        Raises:
            AwsError: AWS could not be reached, or refused a request.
        """
        kept: list[Message] = []
        try:
            for _ in range(limit):
                # Hides the message, so that neither other consumers nor this loop receive it again.
                batch = self._receive(1, _VISIBILITY_SECONDS + self._timeout)
                if not batch:
                    return
                message = batch[0]
                kept.append(message)
                is_handled = handle(message)
                if is_handled:
                    with translate_errors():
                        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
                    kept.pop()
                yield message, is_handled
        finally:
            for message in kept:
                self._make_visible(message)

    def count_messages(self) -> int:
        """Returns the approximate number of messages in the queue.

        Raises:
            AwsError: AWS could not be reached, or refused the request.
        """
        name = "ApproximateNumberOfMessages"
        with translate_errors():
            response = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(response["Attributes"][name])

    def _receive(self, limit: int, visibility_timeout: int) -> list[Message]:
        if not limit:
            return []
        with translate_errors():
            response = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(limit, _MAX_BATCH_SIZE),
                VisibilityTimeout=visibility_timeout,
                WaitTimeSeconds=_WAIT_SECONDS,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
        return [_parse_message(message) for message in response.get("Messages", [])]

    def _make_visible(self, message: Message) -> None:
        with translate_errors():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=0
            )


def _split_arn(arn: str) -> tuple[str, str, str]:
    """Returns the service, the account ID and the resource of an ARN."""
    parts = arn.split(":", 5)
    return parts[2], parts[4], parts[5]


def _parse_message(message: Mapping[str, Any]) -> Message:
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
        # The record of an on-failure destination, which may be this queue too. The emulator sends only these.
        event = body["requestPayload"]
        response = body["responsePayload"] if isinstance(body["responsePayload"], dict) else {}
        error = ": ".join(str(response[key]) for key in ("errorType", "errorMessage") if response.get(key))
        context = body["requestContext"] if isinstance(body["requestContext"], dict) else {}
        # The ARN has a version after the name.
        function = str(context.get("functionArn", "")).partition(":function:")[2].partition(":")[0]
    seconds = int(message["Attributes"]["SentTimestamp"]) / 1000
    time = datetime.fromtimestamp(seconds, timezone.utc)
    return Message(message["MessageId"], time, error, event, message["ReceiptHandle"], function)
