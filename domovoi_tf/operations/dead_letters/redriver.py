"""Handles the messages of a dead-letter queue again: invokes their functions, or sends them back."""

from __future__ import annotations

from domovoi_tf.operations.account import Account, RefusedError
from domovoi_tf.operations.dead_letters.messages import Message
from domovoi_tf.operations.dead_letters.queue import Queue
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.invoke import UnknownOutcomeError, invoke_with_text
from domovoi_tf.system.text import format_count


class Redriver:
    """Invokes the function of a message with its event, or sends the message back to its queue.

    Attributes:
        error: the error of the last attempt; empty if it succeeded.

    Args:
        account: the AWS account.
        queue: the queue of the messages.
    """

    def __init__(self, account: Account, queue: Queue) -> None:
        self._account = account
        self._queue = queue
        self.error = ""

    def __call__(self, message: Message) -> bool:
        """Handles a message again, and returns whether that succeeded.

        Args:
            message: a message of the queue.

        Raises:
            AwsError: AWS could not be reached, or the credentials do not suffice.
        """
        origin, self.error = self._queue.find_origin(message), ""
        try:
            if origin.queue:
                self._queue.send_back(message)
            elif origin.function is None or message.payload is None:
                self.error = origin.reason or "it has no event"
            else:
                self.error = self._invoke(origin.function, message.payload)
        except RefusedError as error:  # for example because the event is too large; others may succeed
            self.error = error.message
        return not self.error

    def _invoke(self, function: DeployedFunction, payload: str) -> str:
        """Invokes a function, and returns its error; empty if it succeeded."""
        try:
            invocation = invoke_with_text(self._account, function, payload)
        except UnknownOutcomeError as error:
            return f"unknown outcome: {error.message} {error.remedy}"
        if invocation.failure:
            return f"{invocation.failure.type}: {invocation.failure.message}"
        failed = len(invocation.failed_records)
        return f"{format_count(failed, 'record')} failed" if failed else ""
