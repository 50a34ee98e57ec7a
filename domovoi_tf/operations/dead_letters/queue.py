"""Reads and redrives the messages in dead-letter queues: the events that functions failed to handle.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import Account, AwsError, translate_errors
from domovoi_tf.operations.dead_letters.interruptions import defer_interruptions
from domovoi_tf.operations.dead_letters.messages import Message, parse_message
from domovoi_tf.operations.dead_letters.origins import Origin, OriginFinder
from domovoi_tf.operations.dead_letters.senders import Senders, Target, find_queue_url, split_queue_arn
from domovoi_tf.operations.deployed_functions import find_handlers

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application

#: The minimum visibility timeout of a received message.
_VISIBILITY_SECONDS = 60
_MAX_BATCH_SIZE = 10
#: Long polling queries all servers of the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_WAIT_SECONDS = 1


class NotAQueueError(DomovoiError):
    """The dead-letter target of a function is a topic, which stores no messages."""


class Queue:
    """A dead-letter queue of functions or queues.

    Args:
        account: the account and Region.
        application: the app.
        senders: the functions and queues that send to this queue.

    Raises:
        NotAQueueError: the target is a topic.
        AwsError: the queue does not exist, or AWS refused the request.
    """

    def __init__(self, account: Account, application: Application, senders: Senders) -> None:
        service, _, name = split_queue_arn(senders.arn)
        if service != "sqs":
            names = ", ".join(target.function.name for target in senders.targets)
            raise NotAQueueError(
                f"The dead-letter target of {names} is the topic {senders.arn}, which stores no messages.",
                "Subscribe a queue to it, or set dead_letter_queue_target_arn to the ARN of a queue.",
            )
        self.name = name
        self.senders = senders
        self._application = application
        self._origins = OriginFinder(account, senders)
        self._timeout = max(target.function.timeout for target in senders.targets)
        self._client = account.create_client("sqs")
        with translate_errors():
            self._url = find_queue_url(self._client, senders.arn)

    def find_origin(self, message: Message) -> Origin:
        """Returns the function that sent a message.

        Args:
            message: a message of this queue.

        Raises:
            AwsError: AWS could not be reached.
        """
        return self._origins.find(message)

    def find_handlers(self, message: Message) -> list[str]:
        """Returns the handlers that a message may be for; none if its function is unknown.

        Args:
            message: a message of this queue.
        """
        origin = self.find_origin(message)
        if origin.queue:
            targets = list(self.senders.sources[origin.queue])
        else:
            targets = [target for target in self.senders.targets if target.function == origin.function]
        handlers = (handler for target in targets for handler in self._find_handlers(target, message))
        return list(dict.fromkeys(handlers))

    def send_back(self, message: Message) -> None:
        """Sends a message that SQS moved to this queue to the queue that it came from.

        Args:
            message: a message of this queue, whose origin is a queue.

        Raises:
            AwsError: AWS could not be reached, or refused the request.
        """
        queue, options = self.find_origin(message).queue, {}
        if queue.endswith(".fifo"):
            # With the old ID, SQS would drop it as a duplicate within five minutes of the first one.
            options["MessageDeduplicationId"] = str(uuid.uuid4())
        with translate_errors():
            url = find_queue_url(self._client, queue)
            self._client.send_message(QueueUrl=url, **message.content, **options)

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
            self._make_visible(messages)
        return sorted(messages, key=lambda message: message.time)

    def redrive(
        self, handle: Callable[[Message], bool], limit: int, on_interruption: Callable[[], None]
    ) -> Iterator[tuple[Message, bool]]:
        """Handles messages one by one, and deletes those that are handled successfully.

        Ctrl-C takes effect after a message, so that one that was handled is deleted. A second Ctrl-C takes
        effect at once.

        Args:
            handle: handles a message, and returns whether it succeeded.
            limit: the maximum number of messages.
            on_interruption: called at the first Ctrl-C while a message is handled.

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
                with defer_interruptions(on_interruption) as interrupted:
                    is_handled = handle(message)
                    if is_handled:
                        self._delete(message)
                        kept.pop()
                yield message, is_handled
                if interrupted:
                    raise KeyboardInterrupt
        finally:
            # Otherwise they are visible again after the visibility timeout.
            with contextlib.suppress(AwsError):
                self._make_visible(kept)

    def _delete(self, message: Message) -> None:
        try:
            with translate_errors():
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
        except AwsError as error:
            done, again = f"The event of the message {message.id} was handled", "handles the event"
            if self.find_origin(message).queue:
                done, again = f"The message {message.id} was sent back", "sends it back"
            raise AwsError(
                f"{done}, but the message was not deleted from {self.name}: {error.message}",
                f"Delete it, or the next redrive {again} again. {error.remedy}",
            ) from error

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
                AttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn", "MessageGroupId"],
                MessageAttributeNames=["All"],
            )
        return [parse_message(message) for message in response.get("Messages", [])]

    def _make_visible(self, messages: Sequence[Message]) -> None:
        with contextlib.ExitStack() as stack:  # which calls all of them, also if one fails
            for message in reversed(messages):
                stack.callback(self._show, message)

    def _show(self, message: Message) -> None:
        with translate_errors():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=0
            )
