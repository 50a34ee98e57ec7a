"""Batches of which only the records that failed come again.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import logging

from ..errors import DispatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Handler = Callable[[Any, Any], Any]


def per_record(
    handler: Handler,
    what: str,
    identifier: Callable[[Mapping[str, Any]], object],
    ordered: Callable[[Mapping[str, Any]], bool],
) -> Handler:
    """Returns a handler of batches that calls another once per record, and reports which records failed.

    Args:
        handler: what to call with each record; its exceptions are logged, without the record.
        what: what the identifier is called that AWS expects to be told.
        identifier: returns that of a record, or what is false where it has none.
        ordered: whether a record's source keeps the order: then all after a failure wait for it.

    Raises:
        DispatchError: a record has no identifier, by which its failure could be told. Nothing was handled.
    """

    def handle(event: Any, context: Any) -> dict[str, list[dict[str, object]]]:
        records = event["Records"]
        identifiers = [identifier(record) for record in records]
        if not all(identifiers):
            raise DispatchError(f"A record has no {what}.", "Send the event as AWS does.")
        failed = []
        for number, record in enumerate(records):
            try:
                handler(record, context)
            except Exception:
                logging.getLogger(__name__).exception("The record %s failed.", identifiers[number])
                if ordered(record):
                    failed += identifiers[number:]
                    break
                failed.append(identifiers[number])
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    return handle
