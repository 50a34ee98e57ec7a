"""From an event to its handlers: one dictionary look-up a record, whatever the number of handlers."""

from __future__ import annotations

from ..errors import DispatchError
from .context import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any

    from ..model.trigger import Trigger

    Handler = Callable[[Any, Any], Any]
    Routes = Sequence[tuple[Trigger, Handler]]

#: What AWS reads in the result of a batch.
_FAILURES = "batchItemFailures"
#: What the line of a log begins with that says whose the next ones are; `domovoi-tf logs` reads it.
MARK = "domovoi_tf handler: "


class Table:
    """The handlers of one function, by the keys that their events carry.

    Args:
        kinds: the event source kinds in use, by name.
        routes: triggers with their handlers, by the kind that identifies their events and the key.
        names: the names of handlers that share a log, which then says who writes.
    """

    def __init__(
        self,
        kinds: Mapping[str, ModuleType],
        routes: Mapping[tuple[str, str], Routes],
        names: Mapping[Handler, str] = {},
    ) -> None:
        self.kinds = kinds
        self.routes = routes
        self._log_names = names
        self._identify = {kind: kinds[kind] for kind, _ in routes}

    def announce(self, handler: Handler) -> None:
        """Says in the log whose the next lines are, where it has those of several."""
        if handler in self._log_names:
            log(f"{MARK}{self._log_names[handler]}")

    def addressed(self, event: Any, context: Any) -> Any:
        """Returns the event as its kind identifies it, where only the function's ARN says whose it is."""
        for kind, module in self._identify.items():
            if hasattr(module, "addressed"):
                return module.addressed(event, context, [key for each, key in self.routes if each == kind])
        return event

    def find(self, item: object, record: bool = False) -> Iterator[tuple[Handler, Any]]:
        """Yields the handlers of an event, or of one record of a batch, each with what it is to get.

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
                return
            if (kind, key) in self.routes:
                yield from self._chosen(kind, key, item, record)
                return
        raise self._unknown(keys)

    def _keys(self, item: object, record: bool) -> Iterator[tuple[str, str | None]]:
        if isinstance(item, dict):
            for kind, module in self._identify.items():
                alone = hasattr(module, "unwrap")
                if (record and (not alone or hasattr(module, "records"))) or (alone and not record):
                    yield from ((kind, key) for key in module.identify(item))

    def _chosen(self, kind: str, key: str, item: Any, record: bool) -> Iterator[tuple[Handler, Any]]:
        routes = self.routes[kind, key]
        module = self.kinds[routes[0][0].kind]
        if not record:
            items = [module.unwrap(item)]
        else:
            items = module.records(item) if hasattr(module, "records") else [item]
        for each in items:
            handler = module.choose(routes, each) if hasattr(module, "choose") else routes[0][1]
            if handler is None:
                raise self._unknown([(kind, key)])
            if handler is not acknowledge:
                yield handler, each

    def _unknown(self, keys: list[tuple[str, str | None]]) -> DispatchError:
        known = ", ".join(sorted(f"{kind} {key}" for kind, key in self.routes)) or "none"
        what = f"the {keys[0][0]} source {keys[0][1]!r}" if keys else "an event of an unknown kind"
        return DispatchError(f"No handler for {what}.", f"Sources with a handler in this function: {known}.")


def acknowledge(event: Any, context: Any) -> None:
    """Takes an event that no handler asked for, and that is to come no more."""


def dispatch(table: Table, event: Any, context: Any) -> Any:
    """Calls the handler of an event and returns its result.

    A batch is split by handler: each gets its own records, in their order. With several handlers the
    results are returned as a list; where any of them reports failed records, all such reports are returned as
    one. An empty batch calls nobody, unless it closes a tumbling window.

    Args:
        table: the function's handlers.
        event: the event as Lambda passes it.
        context: Lambda's context object.

    Raises:
        DispatchError: a record, or the event, has no handler. Then no handler was called.
    """
    event = table.addressed(event, context)
    if not (isinstance(event, dict) and isinstance(event.get("Records"), list)):
        return _each(table, list(table.find(event)), context)
    batches: dict[Handler, list[Any]] = {}
    for record in event["Records"]:
        for handler, item in table.find(record, record=True):
            batches.setdefault(handler, []).append(item)
    if not event["Records"] and "window" in event:
        batches = {handler: [] for handler, _ in table.find(_of_window(event), record=True)}
    calls = [(handler, {**event, "Records": records}) for handler, records in batches.items()]
    return _each(table, calls, context)


def _each(table: Table, calls: list[tuple[Handler, Any]], context: Any) -> Any:
    results = []
    for handler, item in calls:
        table.announce(handler)
        results.append(handler(item, context))
    if len(results) == 1:
        return results[0]
    reports = [result[_FAILURES] for result in results if isinstance(result, dict) and _FAILURES in result]
    return {_FAILURES: [failure for report in reports for failure in report]} if reports else results or None


def _of_window(event: dict[str, Any]) -> dict[str, Any]:
    """Returns a batch without records as one of its records: its state is to be handled all the same.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    service = str(event.get("eventSourceARN")).split(":")[2:3]
    return {**event, "eventSource": f"aws:{''.join(service)}"}
