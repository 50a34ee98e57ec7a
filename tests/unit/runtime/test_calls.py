"""Handlers may take the event alone or be `async def`; a result whose code has not run is an error."""

from __future__ import annotations

import asyncio
import functools
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domovoi_tf import Domovoi, DomovoiError
from domovoi_tf.runtime import calls
from domovoi_tf.testing import Client
from domovoi_tf.triggers import list_kinds

AWAIT = "Await it in a handler declared with async def, or return what it yields as a list."


@pytest.fixture(autouse=True)
def close_event_loop() -> Iterator[None]:
    yield
    for loop in calls._loops:
        loop.close()


def send(handler: Callable[..., Any], payload: Any = "beer") -> Any:
    app = Domovoi()
    app.sns_topic_subscriber("bartender")(handler)
    return Client(app).send(handler.__name__, payload)


def get_message(event: Any) -> str:
    return str(event["Records"][0]["Sns"]["Message"])


def pass_on(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return handler(*args, **kwargs)

    return wrapper


# The event alone


def test_handler_of_the_event_alone_is_called_so() -> None:
    def tend(event: Any) -> str:
        return get_message(event)

    assert send(tend) == "beer"


def test_handler_of_the_event_alone_is_called_so_through_a_wrapper() -> None:
    @pass_on
    @pass_on
    def tend(event: Any) -> str:
        return get_message(event)

    assert send(tend) == "beer"


def test_handler_of_the_event_alone_is_called_so_through_a_wrapper_without_its_name() -> None:
    app = Domovoi()

    def hide(handler: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any) -> Any:
            return handler(*args)

        return wrapper

    @app.sns_topic_subscriber("bartender")
    @hide
    def tend(event: Any) -> str:
        return get_message(event)

    assert Client(app).send("tend", "beer") == "beer"


def test_wrapper_of_both_arguments_receives_both() -> None:
    def add_id(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def wrapper(event: Any, context: Any) -> Any:
            return context.function_name, handler(event)

        return wrapper

    @add_id
    def tend(event: Any) -> str:
        return get_message(event)

    assert send(tend) == ["app-test", "beer"]


class Bar:
    def tend(self, event: Any) -> str:
        return get_message(event)

    @pass_on
    def serve(self, event: Any) -> str:
        return get_message(event)

    @classmethod
    def open(cls, event: Any) -> str:
        return get_message(event)

    @staticmethod
    def close(event: Any) -> str:
        return get_message(event)


@pytest.mark.parametrize("handler", [Bar().tend, Bar().serve, Bar.open, Bar.close, vars(Bar)["close"]])
def test_method_of_the_event_alone_is_called_so(handler: Callable[..., Any]) -> None:
    assert send(handler) == "beer"


def test_optional_context_is_passed() -> None:
    def tend(event: Any, context: Any = None) -> str:
        return str(context.function_name)

    assert send(tend) == "app-test"


def test_task_of_the_event_alone_is_called_so() -> None:
    app = Domovoi()

    @app.step_function_task("Tap", MACHINE)
    def tap(event: Any) -> Any:
        return [event, app.lambda_context.stepfunctions_task_name]

    assert Client(app).send("tap", {"beer": 1}) == [{"beer": 1}, "Tap"]


def test_handler_of_the_event_alone_of_two_sources_receives_a_mixed_batch_at_once() -> None:
    app = Domovoi()

    @app.sns_topic_subscriber("bartender")
    @app.sns_topic_subscriber("cellar")
    def tend(event: Any) -> int:
        return len(event["Records"])

    client = Client(app)
    events = [client.event("tend", via=topic) for topic in ("bartender", "cellar")]
    assert client.invoke({"Records": [record for event in events for record in event["Records"]]}) == 2


# async def


async def answer(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


MACHINE = {"StartAt": "Tap", "States": {"Tap": {"Type": "Task", "End": True}}}
DECORATORS: dict[str, Callable[[Domovoi], Callable[[Any], Any]]] = {
    "schedule": lambda app: app.scheduled_function("rate(1 minute)"),
    "event": lambda app: app.cloudwatch_event_handler(source=["bar"]),
    "sns": lambda app: app.sns_topic_subscriber("bartender"),
    "sqs": lambda app: app.sqs_queue_subscriber("orders"),
    "s3": lambda app: app.s3_event_handler("menus", ["s3:ObjectCreated:*"]),
    "dynamodb": lambda app: app.dynamodb_stream_handler("customers"),
    "kinesis": lambda app: app.kinesis_stream_handler("clicks"),
    "logs": lambda app: app.cloudwatch_logs_sub_filter_handler("/bar", ""),
    "ses": lambda app: app.email_receipt_handler(["bar@example.com"], rule_set_name="mail"),
    "url": lambda app: app.function_url(),
    "alb": lambda app: app.alb_target("/menu"),
    "direct": lambda app: app.lambda_function(),
    "state_machine": lambda app: app.step_function_task("Tap", MACHINE),
}


@pytest.mark.parametrize("kind", list_kinds())
def test_async_handler_runs_for_every_source(kind: str) -> None:
    app = Domovoi()

    async def handle(event: Any, context: Any) -> Any:
        return await answer("ran")

    DECORATORS[kind](app)(handle)
    assert Client(app).send("handle") == "ran"


@pytest.mark.parametrize("kind", list_kinds())
def test_handler_of_the_event_alone_is_called_so_for_every_source(kind: str) -> None:
    app = Domovoi()

    def handle(event: Any) -> Any:
        return "ran"

    DECORATORS[kind](app)(handle)
    assert Client(app).send("handle") == "ran"


def test_async_handler_may_take_the_event_alone() -> None:
    async def tend(event: Any) -> Any:
        return await answer(get_message(event))

    assert send(tend) == "beer"


def test_async_handler_runs_through_wrappers() -> None:
    async def tend(event: Any, context: Any) -> Any:
        return await answer(get_message(event))

    assert send(pass_on(tend)) == "beer"
    assert send(functools.wraps(tend)(lambda event, context: tend(event, context))) == "beer"


def show_nothing(handler: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(event: Any, context: Any) -> Any:
        return handler(event, context)

    return wrapper


def show_arguments(handler: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any) -> Any:
        return handler(*args)

    return wrapper


def run(handler: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(event: Any, context: Any) -> Any:
        return asyncio.run(handler(event, context))

    return wrapper


class Kept:
    def __init__(self, handler: Callable[..., Any]) -> None:
        self.handler = handler

    def __call__(self, event: Any, context: Any) -> Any:
        return self.handler(event, context)


@pytest.mark.parametrize("decorate", [show_nothing, show_arguments, run, Kept])
def test_async_handler_runs_below_a_wrapper_that_does_not_show_it(decorate: Callable[..., Any]) -> None:
    app = Domovoi()

    @app.sns_topic_subscriber("bartender")
    @decorate
    async def tend(event: Any, context: Any) -> Any:
        return await answer(get_message(event))

    assert Client(app).send("tend", "beer") == "beer"


def test_wrapper_may_run_an_async_handler_itself() -> None:
    async def tend(event: Any, context: Any) -> Any:
        return await answer(get_message(event))

    assert send(functools.wraps(tend)(lambda event, context: asyncio.run(tend(event, context)))) == "beer"


def test_async_method_and_async_object_run() -> None:
    class Shaker:
        __name__ = "shake"

        async def shake(self, event: Any, context: Any) -> Any:
            return await answer(get_message(event))

        __call__ = shake

    assert send(Shaker().shake) == "beer"
    assert send(Shaker()) == "beer"


def test_handlers_of_all_events_share_one_event_loop() -> None:
    app, loops = Domovoi(), []
    queue: asyncio.Queue[str] = asyncio.Queue()

    @app.sns_topic_subscriber("bartender")
    async def tend(event: Any, context: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await queue.put(get_message(event))

    @app.sns_topic_subscriber("cellar")
    async def fetch(event: Any, context: Any) -> str:
        loops.append(asyncio.get_running_loop())
        return await queue.get()

    client = Client(app)
    client.send("tend", "one")
    client.send("tend", "two")
    assert [client.send("fetch"), client.send("fetch")] == ["one", "two"]
    assert len(set(loops)) == 1


def test_exception_of_an_async_handler_reaches_lambda() -> None:
    async def tend(event: Any, context: Any) -> None:
        await answer(None)
        raise KeyError("beer")

    with pytest.raises(KeyError, match="beer"):
        send(tend)


def test_cancelled_handler_fails_its_event_and_not_the_process() -> None:
    async def tend(event: Any, context: Any) -> None:
        raise asyncio.CancelledError

    with pytest.raises(DomovoiError) as raised:
        send(tend)
    assert str(raised.value) == (
        "The handler was cancelled.\nCatch asyncio.CancelledError where a task is cancelled."
    )


class TimedOutError(Exception):
    """Raised by a signal handler, as apps do shortly before Lambda's timeout."""


@pytest.mark.parametrize("interruption", [TimedOutError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("waiting", [True, False], ids=["while it waits", "while it computes"])
def test_event_loop_is_usable_after_an_interruption(
    waiting: bool, interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, steps = Domovoi(), []
    before = signal.getsignal(signal.SIGALRM)

    def interrupt(number: int, frame: object) -> None:
        raise interruption

    @app.sns_topic_subscriber("bartender")
    async def tend(event: Any, context: Any) -> str:
        steps.append(get_message(event))
        if get_message(event) == "slow":
            if waiting:
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                await asyncio.Event().wait()
            signal.raise_signal(signal.SIGALRM)
        await asyncio.sleep(0)
        steps.append("done")
        return "served"

    client = Client(app)
    client.send("tend", "first")
    loop = calls._loops[0]
    signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(interruption):
            client.send("tend", "slow")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert client.send("tend", "next") == "served"
    assert steps == ["first", "done", "slow", "next", "done"]
    assert calls._loops == [loop]
    assert asyncio.all_tasks(loop) == set()


def test_closed_event_loop_is_replaced() -> None:
    async def tend(event: Any, context: Any) -> Any:
        return await answer(get_message(event))

    assert send(tend) == "beer"
    calls._loops[0].close()
    assert send(tend) == "beer"


def test_client_in_an_async_test_needs_a_thread() -> None:
    app = Domovoi()

    @app.sns_topic_subscriber("bartender")
    async def tend(event: Any, context: Any) -> Any:
        return await answer(get_message(event))

    async def test() -> None:
        with pytest.raises(DomovoiError) as raised:
            Client(app).send("tend")
        assert str(raised.value) == (
            "The handler is declared with async def, and an event loop is running already.\n"
            "In an async test, write: await asyncio.to_thread(client.send, ...)."
        )
        assert await asyncio.to_thread(Client(app).send, "tend", "beer") == "beer"

    asyncio.run(test())


SOURCES: dict[str, Callable[[Domovoi], Callable[[Any], Any]]] = {
    "sqs": lambda app: app.sqs_queue_subscriber("orders", per_record=True),
    "dynamodb": lambda app: app.dynamodb_stream_handler("customers", per_record=True),
    "kinesis": lambda app: app.kinesis_stream_handler("clicks", per_record=True),
}


@pytest.mark.parametrize("source", SOURCES)
def test_async_handler_of_single_records_runs_for_one_after_another(source: str) -> None:
    app, steps = Domovoi(), []

    async def handle(record: Any, context: Any) -> None:
        steps.append("begin")
        await answer(None)
        steps.append("end")

    SOURCES[source](app)(handle)
    assert Client(app).send_batch("handle", [{"id": "1"}, {"id": "2"}]) == {"batchItemFailures": []}
    assert steps == ["begin", "end", "begin", "end"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
def test_record_whose_async_handler_fails_is_reported(source: str, error: type[BaseException]) -> None:
    app = Domovoi()

    async def handle(record: Any, context: Any) -> None:
        await answer(None)
        raise error

    SOURCES[source](app)(handle)
    (failure,) = Client(app).send("handle", {"id": "1"})["batchItemFailures"]
    assert failure["itemIdentifier"]


# Results whose code has not run


def hide(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Returns a wrapper that does not show what it wraps."""

    def handle(event: Any, context: Any) -> Any:
        return function()

    return handle


async def be_late() -> None: ...


async def count_slowly() -> Any:
    yield 1


def count() -> Any:
    yield 1


def make_future() -> asyncio.Future[None]:
    loop = asyncio.new_event_loop()
    loop.close()
    return loop.create_future()


UNFINISHED = [
    (be_late, "the coroutine be_late"),
    (count_slowly, "the async_generator count_slowly"),
    (count, "the generator count"),
    (make_future, "an object of the class Future"),
]


@pytest.mark.parametrize(("function", "spelling"), UNFINISHED)
def test_result_whose_code_has_not_run_is_an_error(function: Callable[..., Any], spelling: str) -> None:
    with pytest.raises(DomovoiError) as raised:
        send(hide(function))
    assert str(raised.value) == f"The handler returned {spelling}, which has not run.\n{AWAIT}"


def test_async_handler_that_forgets_to_await_is_an_error() -> None:
    async def tend(event: Any, context: Any) -> Any:
        return be_late()

    with pytest.raises(DomovoiError) as raised:
        send(tend)
    assert str(raised.value) == f"The handler returned the coroutine be_late, which has not run.\n{AWAIT}"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("function", "spelling"), UNFINISHED)
def test_record_whose_handler_has_not_run_is_reported(
    source: str, function: Callable[..., Any], spelling: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = Domovoi()
    SOURCES[source](app)(hide(function))
    (failure,) = Client(app).send("handle", {"id": "1"})["batchItemFailures"]
    assert failure["itemIdentifier"]
    assert f"The handler returned {spelling}, which has not run." in caplog.text


def test_package_without_the_module_calls_the_handler_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decorator that acts only in Lambda is not seen when the app is packaged."""
    import sys

    monkeypatch.setitem(sys.modules, "domovoi_tf.runtime.calls", None)

    @pass_on
    def tend(event: Any, context: Any) -> str:
        return get_message(event)

    assert send(tend) == "beer"
