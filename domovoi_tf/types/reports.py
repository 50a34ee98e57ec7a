"""The types of the results of handlers that report failed records."""

from __future__ import annotations

from typing import TypedDict


class BatchItemFailure(TypedDict):
    """The ``messageId`` of a message, or the sequence number of a stream's record."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """The result of a handler with ``report_failures=True``: the records that failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    batchItemFailures: list[BatchItemFailure]
