"""Partial batch responses: only the records that failed are retried, and in ordered sources those after them.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import logging

from ..errors import DispatchError
from .dispatch import require_finished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Handler = Callable[[Any, Any], Any]


def wrap_per_record(
    handler: Handler,
    id_name: str,
    get_id: Callable[[Mapping[str, Any]], object],
    is_ordered: Callable[[Mapping[str, Any]], bool],
) -> Handler:
    """Returns a handler of batches that calls another one for each record and reports which records failed.

    If a record has no identifier, it raises ``DispatchError`` before it handles any.

    Args:
        handler: called with each record; its exceptions are logged, without the record.
        id_name: the name of the field that identifies a record to AWS.
        get_id: returns the identifier of a record, or a false value if it has none.
        is_ordered: whether the source keeps the order of a record: the records after a failed one are then
            retried with it.
    """

    def handle(event: Any, context: Any) -> dict[str, list[dict[str, object]]]:
        records = event["Records"]
        ids = [get_id(record) for record in records]
        if not all(ids):
            raise DispatchError(f"A record has no {id_name}.", "Send every record in the form that AWS uses.")
        failed = []
        for number, record in enumerate(records):
            try:
                require_finished(handler(record, context))
            except Exception:
                logging.getLogger(__name__).exception("The record %s failed.", ids[number])
                if is_ordered(record):
                    failed += ids[number:]
                    break
                failed.append(ids[number])
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    return handle
