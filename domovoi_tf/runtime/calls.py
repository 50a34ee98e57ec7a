"""Calls handlers that are more than a function of the event and the context.

Such a handler takes the event alone, is declared with ``async def``, or is wrapped. The deployment package
has this module only if the app has such a handler.
"""

from __future__ import annotations

from collections.abc import Coroutine

from ..errors import DomovoiError
from .handlers import COROUTINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator
    from typing import Any

    Handler = Callable[[Any, Any], Any]

_MAX_DEPTH = 16
#: inspect.CO_VARARGS
_VARIABLE = 4
#: The event loop of this execution environment, once a handler has needed it.
_loops: list[AbstractEventLoop] = []


def adapt(handler: Any, definition: Any) -> Handler:
    """Returns a function of the event and the context that calls a handler and finishes its coroutine.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    start, is_async = bind(handler, definition)

    def call(event: Any, context: Any) -> Any:
        result = start(event, context)
        return run(result) if is_async and isinstance(result, Coroutine) else result

    return call


def bind(handler: Any, definition: Any) -> tuple[Handler, bool]:
    """Returns a function of the event and the context, and whether its result may be a coroutine to run.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    with_context = takes_context(handler, definition)

    def call(event: Any, context: Any) -> Any:
        return handler(event, context) if with_context else handler(event)

    return call, is_async(handler) or is_async(definition)


def takes_context(handler: Any, definition: Any) -> bool:
    """Whether a handler takes the context after the event.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    count, variable = count_parameters(find_receiver(handler, definition))
    return count > 1 or variable


def find_receiver(handler: Any, definition: Any) -> Any:
    """Returns the function whose parameters decide how a handler is called.

    This is the function that a wrapper passes its ``*args`` to, and otherwise the handler.

    Args:
        handler: the decorated object.
        definition: the function that gives it its name.
    """
    for _ in range(_MAX_DEPTH):
        count, variable = count_parameters(handler)
        inner = get_wrapped(handler) or definition
        if count > 1 or not variable or inner is handler:
            break
        handler = inner
    return handler


def count_parameters(function: Any) -> tuple[int, bool]:
    """Returns the number of a function's positional parameters, and whether it has ``*args``."""
    if type(function) is type(count_parameters) and not hasattr(function, "__signature__"):
        return function.__code__.co_argcount, bool(function.__code__.co_flags & _VARIABLE)
    from inspect import signature  # slow to import, and most handlers are functions

    try:
        parameters = signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):  # a static method, or a function that is written in C
        return 0, True
    kinds = [each.kind for each in parameters]
    positional = [kind for kind in kinds if kind in (kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD)]
    return len(positional), any(kind is kind.VAR_POSITIONAL for kind in kinds)


def get_wrapped(handler: Any) -> Any:
    """Returns the function that ``functools.wraps`` shows in a wrapper, or None; a method's is bound."""
    inner = getattr(handler, "__wrapped__", None)
    if inner is not None and hasattr(handler, "__self__"):
        return inner.__get__(handler.__self__)
    return inner


def list_layers(handler: Any) -> Iterator[Any]:
    """Yields a handler and the functions inside it that ``functools.wraps`` and ``partial`` show."""
    for _ in range(_MAX_DEPTH):
        yield handler
        handler = getattr(handler, "func", None) or get_wrapped(handler)
        if handler is None:
            return


def is_async(handler: Any) -> bool:
    """Whether a function, or one inside it that wrappers show, is declared with ``async def``."""
    functions = [each for layer in list_layers(handler) for each in (layer, _get_method(layer))]
    codes = (getattr(each, "__code__", None) for each in functions)
    return any(code is not None and code.co_flags & COROUTINE for code in codes)


def _get_method(handler: Any) -> Any:
    return getattr(type(handler), "__call__", None)  # noqa: B004 - of an object


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine on the event loop, which stays usable if a signal interrupts it."""
    import asyncio  # slow to import, and a handler without async def does not need it

    if asyncio._get_running_loop():
        coroutine.close()
        raise DomovoiError(
            "The handler is declared with async def, and an event loop is running already.",
            "In an async test, write: await asyncio.to_thread(client.send, ...).",
        )
    if not _loops or _loops[0].is_closed():
        _loops[:] = [asyncio.new_event_loop()]
    loop = _loops[0]
    task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError as error:  # no Exception, so it would end the process
        raise DomovoiError(
            "The handler was cancelled.", "Catch asyncio.CancelledError where a task is cancelled."
        ) from error
    finally:
        if not task.done():  # a signal interrupted the loop; the next event must not continue the task
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        if not task.cancelled():
            task.exception()  # marks it as seen
