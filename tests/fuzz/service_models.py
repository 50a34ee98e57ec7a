"""Models of how SQS and Lambda deliver the records of queues and streams, retry them, and give up.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

#: Invokes the function with an event, and returns its result or raises its exception.
Invoke = Callable[[dict[str, Any]], Any]
#: How long a message that was received, and not deleted, stays invisible, in receives of its queue.
INVISIBLE = 4


@dataclass
class Message:
    """A message in a queue."""

    number: int
    group: str
    receives: int = 0
    #: When the message becomes visible, in receives of its queue.
    visible: int = 0


@dataclass
class Queue:
    """A queue that an event source mapping reads in batches of up to 10 messages, with partial responses.

    A standard queue delivers its messages in any order. A FIFO queue delivers the messages of a group in
    their order, several in a batch if there are, and none of a group while one of it is in flight. A message
    is received at most ``limit`` times; then it becomes a dead letter.
    """

    name: str
    groups: dict[str, deque[Message]]
    limit: int
    random: Random
    dead: list[int] = field(default_factory=list)

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def deliver_all(self, invoke: Invoke) -> None:
        """Invokes the function until each message is deleted or a dead letter."""
        for now in count():
            self.groups = {name: messages for name, messages in self.groups.items() if messages}
            if not self.groups:
                return
            if batch := self._receive(now):
                self._delete_successes(
                    batch, invoke({"Records": [self._make_record(each) for each in batch]})
                )

    def _receive(self, now: int) -> list[Message]:
        size, batch = self.random.randint(1, 10), list[Message]()
        for name in self.random.sample(list(self.groups), min(len(self.groups), 10)):
            batch += self._receive_group(self.groups[name], now, size - len(batch))
        for message in batch:
            message.visible = now + INVISIBLE
        return batch

    def _receive_group(self, messages: deque[Message], now: int, room: int) -> list[Message]:
        if self.is_fifo and any(each.visible > now for each in messages):
            return []
        received = list[Message]()
        for message in list(messages) if self.is_fifo else self.random.sample(messages, len(messages)):
            if len(received) >= room:
                break
            if message.visible <= now and message.receives >= self.limit:
                self.dead.append(message.number)
                messages.remove(message)
            elif message.visible <= now:
                message.receives += 1
                received.append(message)
        return received

    def _make_record(self, message: Message) -> dict[str, Any]:
        attributes = {"ApproximateReceiveCount": str(message.receives)}
        if self.is_fifo:
            attributes["MessageGroupId"] = message.group
        return {
            "messageId": f"id-{message.number}",
            "body": str(message.number),
            "attributes": attributes,
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{self.name}",
        }

    def _delete_successes(self, batch: list[Message], result: Any) -> None:
        failed = {each["itemIdentifier"] for each in result["batchItemFailures"]}
        assert failed <= {f"id-{each.number}" for each in batch}
        for message in batch:
            if f"id-{message.number}" not in failed:
                self.groups[message.group].remove(message)


@dataclass
class Shard:
    """A shard of a stream that an event source mapping reads in batches, with partial responses.

    A failed batch is retried ``retries`` times, and is then discarded. With ``bisects``, Lambda splits the
    batch of a failed invocation into halves, and a batch with a report at the first failed record; neither
    counts as a retry. AWS documents neither whether Lambda splits a batch whose first record is reported,
    nor whether the parts of a batch have retries of their own.
    """

    size: int
    retries: int
    bisects: bool
    splits_at_first: bool = False
    keeps_count: bool = True
    discarded: list[int] = field(default_factory=list)

    def deliver_all(self, records: int, invoke: Invoke) -> None:
        """Invokes the function with the records 0, 1, ... until all are handled or discarded."""
        for start in range(0, records, self.size):
            waiting = [(list(range(start, min(start + self.size, records))), 0)]
            while waiting:
                batch, failures = waiting.pop()
                parts = self._invoke_batch(batch, invoke)
                if parts == [batch] and failures >= self.retries:
                    self.discarded += batch
                    continue
                if parts == [batch]:
                    waiting.append((batch, failures + 1))
                else:
                    kept = failures if self.keeps_count else 0
                    waiting += [(part, kept) for part in reversed(parts)]

    def _invoke_batch(self, batch: list[int], invoke: Invoke) -> list[list[int]]:
        """Returns the batches to invoke the function with instead; the same batch means a failure."""
        try:
            result = invoke({"Records": list(self._make_records(batch))})
        except Exception:
            return self._halve(batch)
        failed = [int(each["itemIdentifier"]) for each in result["batchItemFailures"]]
        if not failed:
            return []
        first = batch.index(min(failed))
        if first == 0:
            return self._halve(batch) if self.splits_at_first else [batch]
        return [batch[first:]]

    def _halve(self, batch: list[int]) -> list[list[int]]:
        middle = len(batch) // 2
        return [batch[:middle], batch[middle:]] if self.bisects and middle else [batch]

    def _make_records(self, batch: list[int]) -> Iterator[dict[str, Any]]:
        for number in batch:
            yield {
                "kinesis": {"sequenceNumber": f"{number:056}", "data": str(number)},
                "eventSource": "aws:kinesis",
                "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
            }
