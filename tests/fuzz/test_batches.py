"""Random failures of single records, in models of queues and streams.

No record that never fails is given up, none that succeeded is handled again, and the order is kept.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from domovoi_tf import Domovoi

from .fuzzing import fuzz
from .service_models import Message, Queue, Shard

#: Records in each queue and shard, and examples of each test in the suite: 20,000 records.
RECORDS, EXAMPLES = 1000, 20


@pytest.fixture(autouse=True)
def _without_log() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Handler:
    """A handler of records that always fails for some of them, and a few times for others.

    Args:
        random: chooses which.
        rate: the share of records that always fail, and of those that fail a few times.
        get_number: returns the number of a record.
    """

    def __init__(self, random: Random, rate: float, get_number: Callable[[Any], int]) -> None:
        self.failures: dict[int, float] = {}
        for number in range(RECORDS):
            choice = random.random()
            if choice < 2 * rate:
                self.failures[number] = float("inf") if choice < rate else random.randint(1, 3)
        self.calls: Counter[int] = Counter()
        self.done: list[int] = []
        self.get_number = get_number

    def handle(self, record: Any, context: Any) -> None:
        number = self.get_number(record)
        self.calls[number] += 1
        if self.calls[number] <= self.failures.get(number, 0):
            raise ValueError(number)
        self.done.append(number)

    def check(self, given_up: list[int], groups: dict[int, str]) -> None:
        """Asserts that each record was handled or given up, and the order of the groups.

        Args:
            given_up: the dead letters, or the discarded records.
            groups: the groups of the records that have an order, by number.
        """
        assert sorted(self.done + given_up) == list(range(RECORDS))  # none is lost, or handled twice
        assert [number for number in given_up if number not in self.failures] == []
        assert [number for number in given_up if not self.calls[number]] == []
        last: dict[str, int] = {}
        for number in self.done:
            if number in groups:
                group = groups[number]
                assert last.get(group, -1) < number
                last[group] = number


def make_queue(name: str, random: Random, groups: int, limit: int) -> Queue:
    messages: dict[str, deque[Message]] = {}
    for number in range(RECORDS):
        group = str(random.randrange(groups))
        messages.setdefault(group, deque()).append(Message(number, group))
    return Queue(name, messages, limit, random)


def run_queue(name: str, seed: int, groups: int, limit: int, rate: float, **options: Any) -> Handler:
    random, app = Random(seed), Domovoi()  # noqa: S311 - a repeatable sequence
    queue = make_queue(name, random, groups, limit)
    order = {each.number: each.group for part in queue.groups.values() for each in part}
    handler = Handler(random, rate, lambda record: int(record["body"]))
    app.sqs_queue_subscriber(name, per_record=True, **options)(handler.handle)
    queue.deliver_all(lambda event: app(event, None))
    handler.check(queue.dead, order if queue.is_fifo else {})
    assert max(handler.calls.values()) <= limit
    return handler


RANDOM: dict[str, st.SearchStrategy[Any]] = {
    "seed": st.integers(0, 2**32),
    "rate": st.sampled_from([0.005, 0.01, 0.1, 0.5]),
}
QUEUES = {
    **RANDOM,
    "groups": st.sampled_from([1, 3, 20, 200]),
    "limit": st.integers(1, 6),
}


@fuzz(EXAMPLES, **QUEUES)
def test_standard_queue_gives_up_only_messages_that_fail(
    seed: int, rate: float, groups: int, limit: int
) -> None:
    run_queue("letters", seed, groups, limit, rate, max_receive_count=limit)


@fuzz(EXAMPLES, **QUEUES, with_policy=st.booleans())
def test_fifo_queue_gives_up_only_messages_that_fail_and_keeps_the_order_of_groups(
    seed: int, rate: float, groups: int, limit: int, with_policy: bool
) -> None:
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:d.fifo", "maxReceiveCount": limit}
    options = {"queue_attributes": {"RedrivePolicy": policy}} if with_policy else {"max_receive_count": limit}
    run_queue("orders.fifo", seed, groups, limit, rate, **options)


def run_shard(shard: Shard, seed: int, rate: float, **options: Any) -> Handler:
    random, app = Random(seed), Domovoi()  # noqa: S311 - a repeatable sequence
    handler = Handler(random, rate, lambda record: int(record["kinesis"]["data"]))
    app.kinesis_stream_handler("clicks", per_record=True, **options)(handler.handle)
    shard.deliver_all(RECORDS, lambda event: app(event, None))
    handler.check(shard.discarded, dict.fromkeys(range(RECORDS), "shard"))
    return handler


@fuzz(
    EXAMPLES,
    **RANDOM,
    size=st.sampled_from([1, 2, 7, 10, 100, 1000]),
    retries=st.integers(0, 5),
    splits_at_first=st.booleans(),
    keeps_count=st.booleans(),
)
def test_stream_discards_only_records_that_fail_and_keeps_its_order(
    seed: int, rate: float, size: int, retries: int, splits_at_first: bool, keeps_count: bool
) -> None:
    """With each behaviour of Lambda that its documentation leaves open."""
    shard = Shard(size, retries, True, splits_at_first, keeps_count)
    run_shard(shard, seed, rate, maximum_retry_attempts=retries)


def test_fifo_queue_of_somebody_else_gives_up_messages_that_waited() -> None:
    """The reason for the warning: a handler that does not know the limit keeps the order."""
    with pytest.raises(AssertionError):
        run_queue("orders.fifo", 1, 20, 3, 0.01, create=False)


def test_stream_without_bisection_discards_records_that_waited() -> None:
    """The reason for the problem: the handler never receives them."""
    with pytest.raises(AssertionError):
        run_shard(Shard(10, 3, False), 1, 0.01, maximum_retry_attempts=3, bisect_batch_on_error=False)
