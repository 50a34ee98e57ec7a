"""Finds the handlers of an event, with one dictionary look-up per record, and calls them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Generator

from ..errors import DispatchError, DomovoiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType
    from typing import Any

    from ..model.trigger import Trigger

    Handler = Callable[[Any, Any], Any]
    Routes = Sequence[tuple[Trigger, Handler]]
    Found = list[tuple[Handler, Any]]
    Opener = Callable[[Any, bool], Found]
    Identifier = tuple[str, Callable[[Any], tuple[str | None, ...]], dict[str, Opener]]

#: The key of a partial batch response.
FAILURES = "batchItemFailures"
#: The common types of results, which have no code that could wait to be run. The others are compared with
#: abstract classes, which takes longer than all else here.
_FINISHED = {type(None), bool, int, str, list, dict}
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
        self.log_names = names
        openers: dict[str, dict[str, Opener]] = {}
        for (kind, key), each in routes.items():
            openers.setdefault(kind, {})[key] = self._make_opener(each)
        #: The functions that identify events, and records of batches: each with its kind, and by the keys
        #: that it finds the functions that open the item. A look-up takes as long for any number of handlers.
        self.events: list[Identifier] = []
        self.records: list[Identifier] = []
        #: The functions that add the key to an event, if only the invoked function's ARN has it.
        self.addressers: list[Handler] = []
        for kind, by_key in openers.items():
            module, is_single = kinds[kind], hasattr(kinds[kind], "unwrap")
            if is_single:
                self.events.append((kind, module.identify, by_key))
            if not is_single or hasattr(module, "split_record"):
                self.records.append((kind, module.identify, by_key))
            if hasattr(module, "make_addresser"):
                self.addressers.append(module.make_addresser(by_key))
        #: The module that finds the handler of direct invocations, if the function has one.
        self.direct = kinds.get("direct")

    def announce(self, handler: Handler, context: Any) -> None:
        """Logs the name of the handler that writes the next lines, if several share the log."""
        if handler in self.log_names:
            log_mark(f"{MARK}{self.log_names[handler]} {getattr(context, 'aws_request_id', '-')}")

    def find(self, item: object, record: bool = False) -> Found:
        """Returns the handlers of an event, or of one record of a batch, each with the item that it receives.

        A key of None is a connection test of AWS: no handler is called for it.

        Args:
            item: the event or the record.
            record: whether the item is a record.

        Raises:
            DispatchError: the item is of no kind in use, or no handler is declared for its source.
        """
        if isinstance(item, dict):
            for _, identify, openers in self.records if record else self.events:
                for key in identify(item):
                    if key is None:
                        return []
                    if key in openers:
                        return openers[key](item, record)
        for module in self.kinds.values() if record else ():
            if hasattr(module, "find_routes") and (routes := module.find_routes(self.routes, item)):
                return self._make_opener(routes)(item, record)
        raise self._make_error(item, record)

    def find_direct(self, event: Any) -> Found:
        """Returns the handler of direct invocations with an event that no source claims, if there is one."""
        return self.direct.find_handler(self, event) if self.direct else []

    def accepts_reports(self, handlers: Sequence[Handler]) -> bool:
        """Whether AWS reads a partial batch response in the result of one of the handlers."""
        routes = (route for each in self.routes.values() for route in each)
        return any(getattr(trigger, "report_failures", False) for trigger, each in routes if each in handlers)

    def _make_opener(self, routes: Routes) -> Opener:
        """Returns a function that finds the handlers of an item from the source of these triggers."""
        module, handler = self.kinds[routes[0][0].kind], routes[0][1]
        unwrap: Any = getattr(module, "unwrap", None)
        split: Any = getattr(module, "split_record", None)
        choose = module.make_chooser(routes) if hasattr(module, "make_chooser") else None
        if not (choose or split):
            return lambda item, record: [(handler, item if record else unwrap(item))]

        def open_item(item: Any, record: bool) -> Found:
            found = []
            for part in [unwrap(item)] if not record else split(item) if split else [item]:
                chosen = choose(part) if choose else handler
                if chosen is None:
                    raise self._make_error(item, record)
                if chosen is not acknowledge:
                    found.append((chosen, part))
            return found

        return open_item

    def _make_error(self, item: object, record: bool) -> DispatchError:
        kinds = self.records if record else self.events
        keys = [
            (kind, key) for kind, identify, _ in kinds if isinstance(item, dict) for key in identify(item)
        ]
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
    for add_key in table.addressers:
        event = add_key(event, context)
    if table.direct and (direct := table.find_direct(event)):
        return _call_each(table, direct, context)
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        return _call_each(table, table.find(event), context)
    if len(records) == 1 and len(found := table.find(records[0], True)) == 1:
        handler, item = found[0]
        own = event if item is records[0] else {**event, "Records": [item]}
        return _call_each(table, [(handler, own)], context)
    batches: dict[Handler, list[Any]] = {}
    for record in records:
        for handler, item in table.find(record, True):
            batches.setdefault(handler, []).append(item)
    if not records and "window" in event:
        batches = {handler: [] for handler, _ in table.find(make_window_record(event), True)}
    calls = [(handler, {**event, "Records": items}) for handler, items in batches.items()]
    return _call_each(table, calls, context)


def _call_each(table: Table, calls: Found, context: Any) -> Any:
    results = []
    for handler, item in calls:
        if table.log_names:
            table.announce(handler, context)
        result = handler(item, context)
        if type(result) not in _FINISHED:
            require_finished(result)
        if len(calls) == 1:
            return result
        results.append(result)
    if all(result is None for result in results):
        return None
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
