"""Observes which handlers the dispatcher calls for an event, in the child process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from domovoi_tf.runtime import dispatch


class Called(NamedTuple):
    """A handler that was called: its name, the description of its event source, and the source's kind."""

    handler: str
    source: str
    kind: str


@contextlib.contextmanager
def observe(app: Any, announce: Callable[[list[Called]], object]) -> Iterator[list[Called]]:
    """Yields a list that gets the handlers that the dispatcher calls in the block, before they run.

    Args:
        app: the app.
        announce: called with the list before they run, because one of them may end the process.
    """
    called: list[Called] = []
    call_each = dispatch._call_each

    def observe_calls(table: Any, calls: Any, context: Any) -> Any:
        called.extend(_describe(app, table, handler) for handler, _ in calls)
        announce(called)
        return call_each(table, calls, context)

    dispatch._call_each = observe_calls
    try:
        yield called
    finally:
        dispatch._call_each = call_each


def _describe(app: Any, table: Any, handler: Any) -> Called:
    for routes in table.routes.values():
        for trigger, each in routes:
            if each is handler:
                name = table.log_names.get(handler) or _find_name(app, trigger)
                return Called(name, trigger.describe(), trigger.kind)
    return Called(getattr(handler, "__name__", ""), "", "")


def _find_name(app: Any, trigger: Any) -> str:
    """Returns the name of the handler of a trigger."""
    declarations = app._resolve()[0]
    names = [each.route.handler for each in declarations if each.route.trigger == trigger]
    return names[0] if names else ""
