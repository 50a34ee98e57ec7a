"""Partial batch responses: only the records that failed are retried, and those that must wait for them.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from __future__ import annotations

import logging

from ..errors import DispatchError
from ..model.record import Frozen
from .dispatch import FAILURES, require_finished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Handler = Callable[[Any, Any], Any]

_PACKAGE = f"{__package__.partition('.')[0]}."


class WholeBatches(Frozen):
    """A handler of batches whose event source mapping ignores reports of failed records.

    It equals any other for the same handler, which then receives the records of several sources at once.
    """

    handler: Handler

    def __hash__(self) -> int:  # not that of all records of this class, which a table would compare in turn
        return hash(self.handler)

    def __call__(self, event: Any, context: Any) -> Any:
        """Calls the handler.

        Raises:
            DispatchError: the handler returned failed records, which AWS would count as done.
        """
        result = self.handler(event, context)
        if isinstance(result, dict) and result.get(FAILURES):
            raise DispatchError(
                f"The handler returned {FAILURES}, but its event source mapping ignores them.",
                "Add report_failures=True to the decorator, or raise an exception to retry the whole batch.",
            )
        return result


def wrap_batches(
    handler: Handler,
    trigger: Any,
    id_name: str,
    get_id: Callable[[Mapping[str, Any]], object],
    get_group: Callable[[Mapping[str, Any]], object],
    is_final: Callable[[Mapping[str, Any]], bool] = lambda record: False,
    splits: bool = False,
) -> Handler:
    """Returns the function to call with the batches of an event source mapping.

    With ``per_record`` it calls the handler for each record and reports which records failed, and which
    follow a failed one in their group. If a record has no identifier, it raises ``DispatchError`` before it
    handles any.

    Args:
        handler: called with each batch or record; exceptions of records are logged, without the record.
        trigger: the declaration, with ``per_record`` and ``report_failures``.
        id_name: the name of the field that identifies a record to AWS.
        get_id: returns the identifier of a record, or a false value if it has none.
        get_group: returns the group within which the source keeps the order of records, or None.
        is_final: whether the source removes a record if it fails now: the records after it are then handled.
        splits: whether Lambda splits a batch whose invocation fails. If the first record fails, its exception
            is then raised, so that Lambda splits the batch; a report could repeat all of it.
    """
    if not trigger.per_record:
        return handler if trigger.report_failures else WholeBatches(handler=handler)

    def handle(event: Any, context: Any) -> dict[str, list[dict[str, object]]]:
        records = event["Records"]
        ids = [get_id(record) for record in records]
        if not all(ids):
            raise DispatchError(f"A record has no {id_name}.", "Send every record in the form that AWS uses.")
        failed: list[object] = []
        blocked: set[object] = set()
        for number, record in enumerate(records):
            if blocked and get_group(record) in blocked:
                failed.append(ids[number])
                continue
            try:
                _require_success(require_finished(handler(record, context)))
            except Exception as error:
                _log_failure(ids[number], error)
                if splits and not number and len(records) > 1:
                    raise
                failed.append(ids[number])
                group = get_group(record)
                if group is not None and not is_final(record):
                    blocked.add(group)
        return {FAILURES: [{"itemIdentifier": each} for each in failed]}

    return handle


def _log_failure(identifier: object, error: Exception) -> None:
    """Logs the exception of a record. An error of the log must not fail the other records of the batch."""
    logger = logging.getLogger(__name__)
    trace = error.__traceback__
    # The traceback begins in the app's code.
    while trace and trace.tb_next and trace.tb_frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        trace = trace.tb_next
    try:
        logger.error("The record %s failed.", identifier, exc_info=(type(error), error, trace))
    except Exception:  # such as half a surrogate pair, which Lambda's log cannot encode
        import traceback

        try:
            text = "".join(traceback.format_exception(error)).encode("ascii", "backslashreplace").decode()
            logger.error("The record %s failed.\n%s", identifier, text)
        except Exception:
            return  # nothing can be logged


def _require_success(result: Any) -> None:
    if isinstance(result, dict) and result.get(FAILURES):
        raise DispatchError(
            f"The handler of a single record returned {FAILURES}.", "Raise an exception if the record failed."
        )
