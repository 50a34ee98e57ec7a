"""Finds the handlers of an event, with one dictionary look-up per record, and calls them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Generator

from ..errors import DispatchError, DomovoiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType
    from typing import Any

    from ..model.trigger import Trigger

    Handler = Callable[[Any, Any], Any]
    Routes = Sequence[tuple[Trigger, Handler]]

#: The key of a partial batch response.
FAILURES = "batchItemFailures"
#: Begins the log line with the handler that writes the next lines, and the request ID, which no event knows.
MARK, MARK_LOGGER = "domovoi_tf handler: ", "domovoi_tf"


class Table:
    """The handlers of one function, by the keys of their events.

    Args:
        kinds: the modules of the event source kinds in use, by name.
        routes: triggers with their handlers, by the kind that identifies their events and the key.
        names: the names of the handlers, if they share a log and lines must tell whose they are.
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

    def announce(self, handler: Handler, context: Any) -> None:
        """Logs the name of the handler that writes the next lines, if several share the log."""
        if handler in self._log_names:
            log_mark(f"{MARK}{self._log_names[handler]} {getattr(context, 'aws_request_id', '-')}")

    def address(self, event: Any, context: Any) -> Any:
        """Returns the event with its key, if only the invoked function's ARN identifies the handler."""
        for kind, module in self._identify.items():
            if hasattr(module, "address"):
                return module.address(event, context, [key for each, key in self.routes if each == kind])
        return event

    def find(self, item: object, record: bool = False) -> Iterator[tuple[Handler, Any]]:
        """Yields the handlers of an event, or of one record of a batch, each with the item that it receives.

        A key of None is a connection test of AWS: no handler is called for it.

        Args:
            item: the event or the record.
            record: whether the item is a record.

        Raises:
            DispatchError: the item is of no kind in use, or no handler is declared for its source.
        """
        keys = list(self.identify_item(item, record))
        for kind, key in keys:
            if key is None:
                return
            if (kind, key) in self.routes:
                yield from self._choose(self.routes[kind, key], keys, item, record)
                return
        for module in self.kinds.values():
            if (
                record
                and hasattr(module, "find_routes")
                and (routes := module.find_routes(self.routes, item))
            ):
                yield from self._choose(routes, keys, item, record)
                return
        raise self._make_error(keys)

    def find_direct(self, event: Any) -> list[tuple[Handler, Any]]:
        """Returns the handler of direct invocations with an event that no source claims, if there is one."""
        module = self.kinds.get("direct")
        return module.find_handler(self, event) if module else []

    def accepts_reports(self, handlers: Sequence[Handler]) -> bool:
        """Whether AWS reads a partial batch response in the result of one of the handlers."""
        routes = (route for each in self.routes.values() for route in each)
        return any(getattr(trigger, "report_failures", False) for trigger, each in routes if each in handlers)

    def identify_item(self, item: object, record: bool) -> Iterator[tuple[str, str | None]]:
        """Yields the kinds that may send an event, or a record of a batch, each with a key."""
        if isinstance(item, dict):
            for kind, module in self._identify.items():
                single = hasattr(module, "unwrap")
                if (record and (not single or hasattr(module, "split_record"))) or (single and not record):
                    yield from ((kind, key) for key in module.identify(item))

    def _choose(
        self, routes: Routes, keys: list[tuple[str, str | None]], item: Any, record: bool
    ) -> Iterator[tuple[Handler, Any]]:
        module = self.kinds[routes[0][0].kind]
        if not record:
            items = [module.unwrap(item)]
        else:
            items = module.split_record(item) if hasattr(module, "split_record") else [item]
        for each in items:
            handler = module.choose(routes, each) if hasattr(module, "choose") else routes[0][1]
            if handler is None:
                raise self._make_error(keys)
            if handler is not acknowledge:
                yield handler, each

    def _make_error(self, keys: list[tuple[str, str | None]]) -> DispatchError:
        sources = ", ".join(sorted(f"{kind} {key}" for kind, key in self.routes)) or "none"
        source = f"the {keys[0][0]} source {keys[0][1]!r}" if keys else "an event of an unknown kind"
        return DispatchError(
            f"No handler for {source}.", f"Sources with a handler in this function: {sources}."
        )


def acknowledge(event: Any, context: Any) -> None:
    """Ignores an event that no handler declares, so that AWS does not send it again."""


def dispatch(table: Table, event: Any, context: Any) -> Any:
    """Calls the handler of an event and returns its result.

    A batch is split by handler: each gets its own records, in their order. The results of several handlers
    are returned as a list, as None if all are None, or as one partial batch response if any of them reports
    failed records or has ``report_failures``. An empty batch calls no handler, unless it closes a tumbling
    window.

    Args:
        table: the function's handlers.
        event: the event that Lambda passes.
        context: Lambda's context object.

    Raises:
        DispatchError: the event, or a record of it, has no handler. No handler was called.
    """
    event = table.address(event, context)
    if direct := table.find_direct(event):
        return _call_each(table, direct, context)
    if not (isinstance(event, dict) and isinstance(event.get("Records"), list)):
        return _call_each(table, list(table.find(event)), context)
    batches: dict[Handler, list[Any]] = {}
    for record in event["Records"]:
        for handler, item in table.find(record, record=True):
            batches.setdefault(handler, []).append(item)
    if not event["Records"] and "window" in event:
        batches = {handler: [] for handler, _ in table.find(make_window_record(event), record=True)}
    calls = [(handler, {**event, "Records": records}) for handler, records in batches.items()]
    return _call_each(table, calls, context)


def _call_each(table: Table, calls: list[tuple[Handler, Any]], context: Any) -> Any:
    results = []
    for handler, item in calls:
        table.announce(handler, context)
        results.append(require_finished(handler(item, context)))
    if len(results) == 1 or all(result is None for result in results):
        return results[0] if results else None
    reports = [result[FAILURES] for result in results if isinstance(result, dict) and FAILURES in result]
    if reports or table.accepts_reports([handler for handler, _ in calls]):
        return {FAILURES: [failure for report in reports for failure in report or ()]}
    return results


def require_finished(result: Any, returner: str = "handler") -> Any:
    """Returns the result of a handler, or of the middleware around it.

    Raises:
        DomovoiError: the result is a coroutine, a generator or another object whose code has not run.
    """
    if isinstance(result, (AsyncGenerator, Awaitable, Generator)):
        kind, name = type(result).__name__, getattr(result, "__qualname__", "")
        if hasattr(result, "close"):
            result.close()  # otherwise Python would warn about it
        raise DomovoiError(
            f"The {returner} returned {f'the {kind} {name}' if name else f'an object of the class {kind}'}, "
            "which has not run.",
            f"Await it in a {returner} declared with async def, or return what it yields as a list.",
        )
    return result


def make_window_record(event: dict[str, Any]) -> dict[str, Any]:
    """Returns a record that identifies the handler of a tumbling window whose last batch is empty.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    service = str(event.get("eventSourceARN")).split(":")[2:3]
    return {**event, "eventSource": f"aws:{''.join(service)}"}


def add_log(context: object) -> object:
    """Adds a ``log(message)`` method to the context, unless it has one as on Lambda, and returns the context.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    if context is not None and not hasattr(context, "log"):
        context.log = log  # type: ignore[attr-defined]
    return context


def log_mark(line: str) -> None:
    """Writes a line to the function's log, or logs it at level INFO if the log is JSON.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """
    import os

    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") != "JSON":
        log(line)
        return
    import logging

    logging.getLogger(MARK_LOGGER).info(line)


def log(message: object) -> None:
    """Writes a line to the function's log."""
    print(message, flush=True)  # noqa: T201 - standard output is the function's log
