"""Middleware is called around each handler of its kind, the first one outermost, sync or async."""

from __future__ import annotations

import asyncio
import functools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from documentation.pages import list_texts

from domovoi_tf import ConvertToMiddleware, DispatchError, Domovoi, DomovoiError
from domovoi_tf.runtime import calls
from domovoi_tf.testing import Client
from domovoi_tf.triggers import list_kinds

MACHINE = {"StartAt": "Tap", "States": {"Tap": {"Type": "Task", "End": True}}}


@pytest.fixture(autouse=True)
def close_event_loop() -> Iterator[None]:
    yield
    for loop in calls._loops:
        loop.close()


@pytest.fixture
def app() -> Domovoi:
    return Domovoi()


def get_message(event: Any) -> str:
    return str(event["Records"][0]["Sns"]["Message"])


def tend(event: Any, context: Any) -> list[str]:
    return [get_message(event)]


async def tend_async(event: Any) -> list[str]:
    await asyncio.sleep(0)
    return [get_message(event)]


def note(word: str) -> Callable[..., Any]:
    """Returns middleware that adds a word to the result."""

    def middleware(event: Any, get_response: Callable[[Any], Any]) -> Any:
        return [word, *get_response(event)]

    return middleware


def note_async(word: str) -> Callable[..., Any]:
    async def middleware(event: Any, get_response: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0)
        return [word, *await get_response(event)]

    return middleware


def serve(app: Domovoi, handler: Callable[..., Any], *middleware: Callable[..., Any]) -> Any:
    for each in middleware:
        app.register_middleware(each)
    app.sns_topic_subscriber("bartender", name="tend")(handler)
    return Client(app).send("tend", "beer")


# Which handlers


def test_the_first_middleware_is_the_outermost_and_order_of_registration_counts(app: Domovoi) -> None:
    @app.middleware("all")
    def first(event: Any, get_response: Callable[[Any], Any]) -> Any:
        return ["first", *get_response(event)]

    @app.middleware("sns")
    def second(event: Any, get_response: Callable[[Any], Any]) -> Any:
        return ["second", *get_response(event)]

    assert serve(app, tend, note("third")) == ["first", "second", "third", "beer"]


def test_decorator_returns_the_function(app: Domovoi) -> None:
    middleware = note("a")
    assert app.middleware()(middleware) is middleware


def test_one_function_for_two_kinds(app: Domovoi) -> None:
    app.middleware("s3")(app.middleware("sns")(note("a")))
    assert serve(app, tend) == ["a", "beer"]


def declare_every_kind(app: Domovoi) -> None:
    """Declares a handler of each kind, with the name of the kind, that returns its name in a list."""

    def make(kind: str) -> Callable[[Any, Any], Any]:
        return lambda event, context: {"kinds": [kind]}

    app.scheduled_function("rate(1 day)", name="schedule")(make("schedule"))
    app.cloudwatch_event_handler(source=["bar"], name="event")(make("event"))
    app.sns_topic_subscriber("topic", name="sns")(make("sns"))
    app.sqs_queue_subscriber("queue", name="sqs")(make("sqs"))
    app.s3_event_handler("bucket-a", events=["s3:ObjectCreated:*"], name="s3")(make("s3"))
    app.s3_event_handler("bucket-b", events=["s3:ObjectCreated:*"], use_sqs=True, name="s3_sqs")(make("s3"))
    app.dynamodb_stream_handler("table", name="dynamodb")(make("dynamodb"))
    app.kinesis_stream_handler("stream", name="kinesis")(make("kinesis"))
    app.cloudwatch_logs_sub_filter_handler("/group", "", name="logs")(make("logs"))
    app.email_receipt_handler(["a@example.com"], rule_set_name="rules", name="ses")(make("ses"))
    app.function_url(name="url")(make("url"))
    app.alb_target("/menu", name="alb", multi_value_headers=True)(make("alb"))
    app.lambda_function(name="direct")(make("direct"))
    app.step_function_task("Tap", MACHINE, name="state_machine")(make("state_machine"))


HANDLERS = {kind: {kind} for kind in list_kinds()} | {"s3": {"s3", "s3_sqs"}}
EVENT_TYPES = {
    **HANDLERS,
    "all": set().union(*HANDLERS.values()),
    "cloudwatch": {"event"},
    "http": {"alb", "url"},
    "pure_lambda": {"direct"},
    "scheduled": {"schedule"},
}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_middleware_of_a_kind_is_for_its_decorator_whatever_delivers_the_events(
    app: Domovoi, event_type: Any
) -> None:
    seen = []

    @app.middleware(event_type)
    def mark(event: Any, get_response: Callable[[Any], Any]) -> Any:
        response = get_response(event)
        seen.extend(response["kinds"])
        return response

    declare_every_kind(app)
    client = Client(app)
    for name in EVENT_TYPES["all"]:
        seen.clear()
        assert client.send(name)["kinds"] == [name.partition("_sqs")[0]]
        assert bool(seen) is (name in EVENT_TYPES[event_type]), name


def test_middleware_that_is_registered_after_an_event_counts_from_then_on(app: Domovoi) -> None:
    assert serve(app, tend) == ["beer"]
    event = Client(app).event("tend", "beer")
    assert app(event, None) == ["beer"]
    app.register_middleware(note("a"))
    assert app(event, None) == ["a", "beer"]


def test_middleware_is_for_handlers_of_other_functions_too(app: Domovoi) -> None:
    app.sns_topic_subscriber("bartender", function=app.function("bar"))(tend)
    app.register_middleware(note("a"))
    assert Client(app).send("tend", "beer") == ["a", "beer"]


# What it receives and returns


def test_middleware_changes_event_and_result(app: Domovoi) -> None:
    def exchange(event: Any, get_response: Callable[[Any], Any]) -> Any:
        event["Records"][0]["Sns"]["Message"] = "wine"
        return {"served": get_response(event)}

    assert serve(app, tend, exchange) == {"served": ["wine"]}


def test_middleware_answers_without_the_handler(app: Domovoi) -> None:
    calls = []
    assert (
        serve(app, lambda event, context: calls.append(1), lambda event, get_response: "closed") == "closed"
    )
    assert calls == []


def test_third_parameter_is_the_context_which_the_handler_gets_too(app: Domovoi) -> None:
    def check(event: Any, get_response: Callable[[Any], Any], context: Any) -> Any:
        return [context.function_name, get_response(event)]

    assert serve(app, lambda event, context: context.function_name, check) == ["app-test", "app-test"]


def test_middleware_may_replace_the_context(app: Domovoi) -> None:
    def replace(event: Any, get_response: Callable[..., Any]) -> Any:
        return get_response(event, "own")

    def show(event: Any, get_response: Callable[[Any], Any], context: Any) -> Any:
        return [context, get_response(event)]

    assert serve(app, lambda event, context: context, replace, show) == ["own", "own"]


def test_context_of_the_app_is_that_of_the_event(app: Domovoi) -> None:
    def check(event: Any, get_response: Callable[[Any], Any]) -> Any:
        return [app.lambda_context.function_name, *get_response(event)]

    assert serve(app, tend, check) == ["app-test", "beer"]


def test_task_has_the_name_of_its_state_in_middleware(app: Domovoi) -> None:
    app.register_middleware(lambda event, get_response, context: [context.stepfunctions_task_name, event])
    app.step_function_task("Tap", MACHINE, name="tap")(lambda event, context: None)
    assert Client(app).send("tap", {"beer": 1}) == ["Tap", {"beer": 1}]


def test_response_of_a_load_balancer_gets_lists_of_headers_after_middleware(app: Domovoi) -> None:
    def add_header(event: Any, get_response: Callable[[Any], Any]) -> Any:
        response = get_response(event)
        response["headers"]["a"] = "b"
        return response

    app.register_middleware(add_header)
    app.alb_target("/", multi_value_headers=True, name="menu")(
        lambda event, context: {"statusCode": 200, "headers": {"c": "d"}, "body": ""}
    )
    assert Client(app).send("menu")["multiValueHeaders"] == {"a": ["b"], "c": ["d"]}


def test_wrapped_bound_and_partial_middleware_is_called(app: Domovoi) -> None:
    class Notes:
        def add(self, event: Any, get_response: Callable[[Any], Any]) -> Any:
            return ["bound", *get_response(event)]

        def __call__(self, event: Any, get_response: Callable[[Any], Any], context: Any) -> Any:
            return [context.function_name, *get_response(event)]

    @functools.wraps(note("a"))
    def wrapped(*args: Any) -> Any:
        return note("wrapped")(*args)

    def with_word(word: str, event: Any, get_response: Callable[[Any], Any]) -> Any:
        return [word, *get_response(event)]

    notes = Notes()
    assert serve(app, tend, notes.add, notes, wrapped, functools.partial(with_word, "partial")) == [
        *("bound", "app-test", "wrapped", "partial", "beer")
    ]


# Batches


@pytest.fixture
def batches(app: Domovoi) -> list[list[str]]:
    """The bodies of each call of middleware for queues."""
    seen: list[list[str]] = []

    @app.middleware("sqs")
    def collect(event: Any, get_response: Callable[[Any], Any]) -> Any:
        seen.append([record["body"] for record in event.get("Records", [event])])
        if "bad" in seen[-1]:
            raise ValueError("bad")
        return get_response(event)

    return seen


def get_failures(result: Any) -> int:
    return len(result["batchItemFailures"])


def test_middleware_is_called_once_per_batch(app: Domovoi, batches: list[list[str]]) -> None:
    app.sqs_queue_subscriber("orders", name="work")(lambda event, context: len(event["Records"]))
    assert Client(app).send_batch("work", ["a", "b"]) == 2
    assert batches == [["a", "b"]]


def test_middleware_is_called_for_each_record_with_per_record(app: Domovoi, batches: list[list[str]]) -> None:
    app.sqs_queue_subscriber("orders", name="work", per_record=True)(lambda record, context: None)
    assert get_failures(Client(app).send_batch("work", ["a", "b"])) == 0
    assert batches == [["a"], ["b"]]


def test_record_whose_middleware_fails_has_failed(app: Domovoi, batches: list[list[str]]) -> None:
    app.sqs_queue_subscriber("orders", name="work", per_record=True)(lambda record, context: None)
    client = Client(app)
    assert get_failures(client.send_batch("work", ["a", "bad", "c"])) == 1
    assert batches == [["a"], ["bad"], ["c"]]
    assert any("ValueError: bad" in line for line in client.logs)


def test_record_is_done_if_middleware_answers_or_catches(app: Domovoi) -> None:
    def drop(record: Any, get_response: Callable[[Any], Any]) -> Any:
        try:
            return get_response(record)
        except ValueError:
            return None

    def work(record: Any) -> None:
        raise ValueError

    app.register_middleware(drop)
    app.sqs_queue_subscriber("orders", per_record=True)(work)
    assert get_failures(Client(app).send_batch("work", ["a"])) == 0


def test_batch_fails_if_its_middleware_fails(app: Domovoi, batches: list[list[str]]) -> None:
    app.sqs_queue_subscriber("orders", name="work", report_failures=True)(lambda event, context: None)
    with pytest.raises(ValueError, match="bad"):
        Client(app).send_batch("work", ["a", "bad"])


def test_report_of_middleware_is_a_report_of_the_handler(app: Domovoi) -> None:
    report = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    app.register_middleware(lambda event, get_response: report)
    app.sqs_queue_subscriber("orders", name="work", report_failures=True)(lambda event, context: None)
    app.sqs_queue_subscriber("others", name="lose")(lambda event, context: None)
    assert Client(app).send("work") == report
    with pytest.raises(DispatchError, match="its event source mapping ignores them"):
        Client(app).send("lose")


def test_handler_of_two_topics_receives_a_mixed_batch_at_once(app: Domovoi) -> None:
    calls = []

    @app.middleware()
    def count(event: Any, get_response: Callable[[Any], Any]) -> Any:
        calls.append(1)
        return get_response(event)

    app.sns_topic_subscriber("a")(app.sns_topic_subscriber("b")(tend_all))
    client = Client(app)
    records = [record for via in "ab" for record in client.event("tend_all", via=f"topic {via}")["Records"]]
    assert client.invoke({"Records": records}) == 2
    assert calls == [1]


def tend_all(event: Any, context: Any) -> int:
    return len(event["Records"])


# Failures


def test_failing_middleware_fails_as_the_handler_would(app: Domovoi) -> None:
    def fail(event: Any, get_response: Callable[[Any], Any]) -> Any:
        raise KeyError("glass")

    with pytest.raises(KeyError, match="glass"):
        serve(app, tend, note("a"), fail)


@pytest.mark.parametrize("is_async", [False, True])
def test_middleware_sees_and_replaces_the_handlers_exception(app: Domovoi, is_async: bool) -> None:
    def fail(event: Any) -> None:
        raise KeyError("glass")

    async def fail_async(event: Any) -> None:
        raise KeyError("glass")

    def catch(event: Any, get_response: Callable[[Any], Any]) -> Any:
        try:
            return get_response(event)
        except KeyError as error:
            return str(error)

    assert serve(app, fail_async if is_async else fail, catch) == "'glass'"


def test_response_that_has_not_run_is_an_error_also_if_middleware_drops_it(app: Domovoi) -> None:
    def drop(event: Any, get_response: Callable[[Any], Any]) -> str:
        get_response(event)
        return "done"

    with pytest.raises(DomovoiError) as raised:
        serve(app, lambda event, context: tend_async(event), drop)
    assert str(raised.value) == (
        "The handler returned the coroutine tend_async, which has not run.\n"
        "Await it in a handler declared with async def, or return what it yields as a list."
    )


def test_middleware_that_does_not_await_the_response_is_an_error(app: Domovoi) -> None:
    async def forget(event: Any, get_response: Callable[[Any], Any]) -> Any:
        return get_response(event)

    with pytest.raises(DomovoiError) as raised:
        serve(app, tend, forget)
    assert str(raised.value) == (
        "The middleware returned the coroutine tend, which has not run.\n"
        "Await it in a middleware declared with async def, or return what it yields as a list."
    )


# async def


@pytest.mark.parametrize("handler", [tend, tend_async])
@pytest.mark.parametrize(
    "middleware",
    [
        [note("1")],
        [note_async("1")],
        [note("1"), note_async("2")],
        [note_async("1"), note("2")],
        [note_async("1"), note("2"), note_async("3")],
        [note("1"), note_async("2"), note("3"), note("4")],
        [note("1"), note_async("2"), note("3"), note_async("4"), note("5")],
    ],
)
def test_every_order_of_sync_and_async_works(
    app: Domovoi, handler: Callable[..., Any], middleware: list[Callable[..., Any]]
) -> None:
    words = [str(number + 1) for number in range(len(middleware))]
    assert serve(app, handler, *middleware) == [*words, "beer"]


def test_middleware_of_an_async_handler_runs_on_its_thread(app: Domovoi) -> None:
    """Tracers keep their segments by thread."""
    threads = []

    def remember(event: Any, get_response: Callable[[Any], Any]) -> Any:
        threads.append(threading.get_ident())
        return get_response(event)

    async def handle(event: Any) -> None:
        threads.append(threading.get_ident())

    serve(app, handle, remember)
    assert set(threads) == {threading.get_ident()}


def test_everything_async_runs_on_one_loop(app: Domovoi) -> None:
    loops = []

    async def remember(event: Any, get_response: Callable[[Any], Any]) -> Any:
        loops.append(asyncio.get_running_loop())
        return await get_response(event)

    async def handle(event: Any) -> None:
        loops.append(asyncio.get_running_loop())

    serve(app, handle, remember, lambda event, get_response: get_response(event), remember)
    assert len(loops) == 3
    assert len(set(loops)) == 1


def test_exception_passes_through_sync_middleware_between_async_functions(app: Domovoi) -> None:
    async def fail(event: Any) -> None:
        raise KeyError("glass")

    def catch(event: Any, get_response: Callable[[Any], Any], context: Any) -> Any:
        try:
            return get_response(event)
        except KeyError as error:
            return [str(error), context.function_name]

    assert serve(app, fail, note_async("a"), catch) == ["a", "'glass'", "app-test"]


def test_async_middleware_is_called_for_each_record(app: Domovoi) -> None:
    bodies = []

    @app.middleware("sqs")
    async def collect(record: Any, get_response: Callable[..., Any], context: Any) -> Any:
        bodies.append(record["body"])
        return await get_response(record, context)

    async def work(record: Any) -> None:
        bodies.append(record["body"])

    app.sqs_queue_subscriber("orders", per_record=True)(work)
    assert get_failures(Client(app).send_batch("work", ["a", "b"])) == 0
    assert bodies == ["a", "a", "b", "b"]


# Decorators as middleware


def test_decorator_of_handlers_becomes_middleware(app: Domovoi) -> None:
    def log_call(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def wrapper(event: Any, context: Any) -> Any:
            return [handler.__module__, handler.__qualname__, context.function_name, *handler(event, context)]

        return wrapper

    assert serve(app, tend_async, ConvertToMiddleware(log_call)) == [__name__, "tend", "app-test", "beer"]


def test_decorator_changes_event_and_context(app: Domovoi) -> None:
    def replace(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        return lambda _event, _context: handler("own event", "own context")

    assert serve(app, lambda event, context: [event, context], ConvertToMiddleware(replace)) == [
        "own event",
        "own context",
    ]


def test_example_of_the_page_refuses_whoever_is_no_member() -> None:
    namespace: dict[str, Any] = {}
    exec(list_texts("docs/guides/middleware.md", "python")[0], namespace)  # noqa: S102
    client = Client(namespace["app"])
    assert client.send("door")["statusCode"] == 403
    assert client.logs[0] == "refused"
    assert client.send("door", headers={"x-member": "yes"})["body"] == "welcome"
    assert re.fullmatch(r"0\.\d{3} s", client.logs[-1])


def test_package_has_no_other_attributes() -> None:
    import domovoi_tf

    with pytest.raises(AttributeError, match="module 'domovoi_tf' has no attribute 'Chalice'"):
        domovoi_tf.Chalice  # noqa: B018
