"""Calls handlers through the middleware of an app, the first one outermost.

The deployment package has this module only if the app has middleware.
"""

from __future__ import annotations

from collections.abc import Coroutine

from .calls import bind, count_parameters, find_receiver, is_async, run
from .dispatch import require_finished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any, Any], Any]
    Name = tuple[str, str]

#: Every handler, whatever its kind.
ALL = "all"
#: The kinds that the event types of Chalice stand for.
#: https://aws.github.io/chalice/topics/middleware.html
ALIASES = {
    "cloudwatch": ("event",),
    "http": ("alb", "url"),
    "pure_lambda": ("direct",),
    "scheduled": ("schedule",),
}


class ConvertToMiddleware:
    """Middleware that does what a decorator of handlers does, such as those of Powertools.

    Args:
        lambda_wrapper: the decorator of a handler, a function of the event and the context.
    """

    def __init__(self, lambda_wrapper: Callable[[Any], Any]) -> None:
        self._wrapper = lambda_wrapper

    def __call__(self, event: Any, get_response: Callable[..., Any], context: Any) -> Any:
        """Calls ``get_response`` through the decorator."""
        return self._wrapper(get_response)(event, context)


def declare(app: Any, event_type: str) -> Callable[[Any], Any]:
    """Returns the decorator of middleware that the last recorded call of an app declares.

    Args:
        app: the `Domovoi` object.
        event_type: the kind of handlers that the middleware is for.
    """
    location = app._calls[-1][0]

    def register(function: Any) -> Any:
        if app._chain is None:
            app._chain = Chain()
        app._chain.declared.append((function, event_type, location))
        app._table = None
        return function

    return register


class Chain:
    """The middleware of an app, outermost first.

    ``declared`` are functions, each with the kind of handlers that it is for, and its location.
    """

    def __init__(self) -> None:
        self.declared: list[tuple[Any, str, object]] = []
        self._calls: dict[object, Handler] = {}

    def wrap(self, declared: Any) -> Handler:
        """Returns a function of the event and the context that calls a handler through its middleware.

        It is the same one for two sources of a handler, which then receives a mixed batch at once.

        Args:
            declared: the route with its handler, and the function that gives the handler its name.
        """
        route, handler = declared.route, declared.function
        kinds = {ALL, route.trigger.kind}
        used = [each for each, kind, _ in self.declared if kinds & {*ALIASES.get(kind, (kind,))}]
        key = handler, route.handler, *map(id, used)
        if key not in self._calls:
            name = getattr(declared.definition, "__module__", None) or "", route.handler
            self._calls[key] = _nest(used, *bind(handler, declared.definition), name)
        return self._calls[key]


def takes_context(middleware: Any) -> bool:
    """Whether middleware takes the context after the event and ``get_response``."""
    count, variable = count_parameters(find_receiver(middleware, middleware))
    return count > 2 or variable


def _nest(used: list[Any], handler: Handler, is_coroutine: bool, name: Name) -> Handler:
    """Returns a function that calls a handler through middleware, and finishes what is ``async def``.

    Middleware runs on the thread of the handler. Only a function that stands between an ``async def`` handler
    and ``async def`` middleware cannot, because it would block the event loop that it waits for.
    """
    call = _finish_async(handler) if is_coroutine else _finish(handler)
    for number in reversed(range(len(used))):
        if is_async(used[number]):
            call, is_coroutine = _add_async(used[number], call, is_coroutine, name), True
        elif is_coroutine and any(map(is_async, used[:number])):
            call = _add_in_thread(used[number], call, name)
        else:
            call, is_coroutine = _add(used[number], _make_blocking(call, is_coroutine), name), False
    return _make_blocking(call, is_coroutine)


def _finish(handler: Handler) -> Handler:
    return lambda event, context: require_finished(handler(event, context))


def _finish_async(handler: Handler) -> Handler:
    async def call(event: Any, context: Any) -> Any:
        result = handler(event, context)
        return require_finished(await result if isinstance(result, Coroutine) else result)

    return call


def _make_blocking(call: Handler, is_coroutine: bool) -> Handler:
    return (lambda event, context: run(call(event, context))) if is_coroutine else call


def _add(middleware: Any, inner: Handler, name: Name) -> Handler:
    with_context = takes_context(middleware)

    def call(event: Any, context: Any) -> Any:
        def get_response(event: Any, context: Any = context) -> Any:
            return inner(event, context)

        more = (context,) if with_context else ()
        return require_finished(middleware(event, _name(get_response, name), *more), "middleware")

    return call


def _add_async(middleware: Any, inner: Handler, is_coroutine: bool, name: Name) -> Handler:
    with_context = takes_context(middleware)

    async def call(event: Any, context: Any) -> Any:
        async def get_response(event: Any, context: Any = context) -> Any:
            result = inner(event, context)
            return await result if is_coroutine else result

        more = (context,) if with_context else ()
        result = middleware(event, _name(get_response, name), *more)
        return require_finished(await result if isinstance(result, Coroutine) else result, "middleware")

    return call


def _add_in_thread(middleware: Any, inner: Handler, name: Name) -> Handler:
    async def call(event: Any, context: Any) -> Any:
        import asyncio

        loop = asyncio.get_running_loop()

        def wait(event: Any, context: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(inner(event, context), loop).result()

        return await asyncio.to_thread(_add(middleware, wait, name), event, context)

    return call


def _name(get_response: Any, name: Name) -> Any:
    """Gives a function the name of the handler, by which Powertools tells handlers apart."""
    get_response.__module__, get_response.__name__ = name
    get_response.__qualname__ = get_response.__name__
    return get_response
