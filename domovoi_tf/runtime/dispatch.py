"""From an event to its handlers: one dictionary look-up a record, whatever the number of handlers."""

from __future__ import annotations

from ..errors import DispatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType
    from typing import Any

    Handler = Callable[[Any, Any], Any]

#: What AWS reads in the result of a batch.
_FAILURES = "batchItemFailures"


class Table:
    """The handlers of one function, by the keys that their events carry.

    Args:
        kinds: the event source kinds in use, by name.
        handlers: each handler, by kind and key.
    """

    def __init__(self, kinds: Mapping[str, ModuleType], handlers: Mapping[tuple[str, str], Handler]) -> None:
        self.kinds = kinds
        self.handlers = handlers

    def find(self, item: object, record: bool = False) -> tuple[str, Handler]:
        """Returns the kind and the handler of an event, or of one record of a batch.

        The key None is AWS checking that somebody is there: that is acknowledged, and no handler called.

        Args:
            item: the event or the record.
            record: which of the two it is.

        Raises:
            DispatchError: it is of no kind in use, or no handler was declared for its source.
        """
        keys = list(self._keys(item, record))
        for kind, key in keys:
            if key is None:
                return kind, _acknowledge
            if (kind, key) in self.handlers:
                return kind, self.handlers[kind, key]
        raise self._unknown(keys)

    def _keys(self, item: object, record: bool) -> Iterator[tuple[str, str | None]]:
        if isinstance(item, dict):
            for kind, module in self.kinds.items():
                if record is not hasattr(module, "unwrap"):
                    for key in module.identify(item):
                        yield kind, key

    def _unknown(self, keys: list[tuple[str, str | None]]) -> DispatchError:
        known = ", ".join(sorted(f"{kind} {key}" for kind, key in self.handlers)) or "none"
        what = f"the {keys[0][0]} source {keys[0][1]!r}" if keys else "an event of an unknown kind"
        return DispatchError(f"No handler for {what}.", f"Sources with a handler in this function: {known}.")


def _acknowledge(event: Any, context: Any) -> None:
    """Takes an event that asks for nothing."""


def dispatch(table: Table, event: Any, context: Any) -> Any:
    """Calls the handler of an event and returns its result.

    A batch is split by handler: each gets its own records, in their order. With several handlers the
    results are returned as a list; where any of them reports failed records, all such reports are returned as
    one. An empty batch calls nobody.

    Args:
        table: the function's handlers.
        event: the event as Lambda passes it.
        context: Lambda's context object.

    Raises:
        DispatchError: a record, or the event, has no handler. Then no handler was called.
    """
    if not (isinstance(event, dict) and isinstance(event.get("Records"), list)):
        kind, handler = table.find(event)
        return handler(table.kinds[kind].unwrap(event), context)
    batches: dict[Handler, list[Any]] = {}
    for record in event["Records"]:
        batches.setdefault(table.find(record, record=True)[1], []).append(record)
    results = [handler({**event, "Records": records}, context) for handler, records in batches.items()]
    if len(results) == 1:
        return results[0]
    reports = [result[_FAILURES] for result in results if isinstance(result, dict) and _FAILURES in result]
    return {_FAILURES: [failure for report in reports for failure in report]} if reports else results or None
