"""The decorators of Powertools work under those of the app and as middleware, with and without `async def`.

The functions are called as AWS's runtime client calls them: `app(event, context)`, with its own context.
https://docs.aws.amazon.com/powertools/python/latest/
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    BatchProcessor,
    EventType,
    async_process_partial_response,
    process_partial_response,
)
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, event_parser
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from awslambdaric.lambda_context import LambdaContext
from awslambdaric.lambda_runtime_marshaller import to_json
from documentation.pages import list_texts

from domovoi_tf import ConvertToMiddleware, DispatchError, Domovoi
from domovoi_tf.runtime import calls
from domovoi_tf.testing import Client

Decorator = Callable[[Any], Any]


class Order(BaseModel):
    beer: int


class InMemory(BasePersistenceLayer):
    """Keeps the results of idempotent handlers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.records: dict[str, DataRecord] = {}

    def _get_record(self, idempotency_key: str) -> DataRecord:
        if idempotency_key not in self.records:
            raise IdempotencyItemNotFoundError
        return self.records[idempotency_key]

    def _put_record(self, data_record: DataRecord) -> None:
        if data_record.idempotency_key in self.records:
            raise IdempotencyItemAlreadyExistsError(old_data_record=self.records[data_record.idempotency_key])
        self.records[data_record.idempotency_key] = data_record

    def _update_record(self, data_record: DataRecord) -> None:
        self.records[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: DataRecord) -> None:
        del self.records[data_record.idempotency_key]


class Emitter:
    """Keeps the names and times of segments, in place of the X-Ray daemon."""

    def __init__(self) -> None:
        self.segments: list[Any] = []

    def send_entity(self, entity: Any) -> None:
        self.segments.append(entity)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "bar-dev")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
    yield
    for loop in calls._loops:
        loop.close()


@pytest.fixture
def app() -> Domovoi:
    return Domovoi()


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(log: io.StringIO, request: pytest.FixtureRequest) -> Logger:
    return Logger(service=request.node.name, stream=log)


def invoke(app: Domovoi, event: Any) -> Any:
    """Invokes a function as AWS's runtime client does."""
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev"
    context = LambdaContext("request-1", None, None, int(time.time() * 1000) + 60_000, arn)
    return json.loads(to_json(app(event, context)))


def reset_tracer() -> None:
    """Makes the next tracer forget the options of the last one."""
    untyped: Any = Tracer
    untyped._reset_config()


def read_lines(log: io.StringIO) -> list[Any]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def declare(app: Domovoi, work: Callable[..., Any], is_async: bool, place: str, decorator: Decorator) -> None:
    """Declares a handler of direct invocations, `order`, with a decorator or with middleware."""

    def order(event: Any, context: Any) -> Any:
        return work(event)

    async def order_async(event: Any, context: Any) -> Any:
        await asyncio.sleep(0.01)
        return work(event)

    handler: Any = order_async if is_async else order
    if place == "middleware":
        app.register_middleware(ConvertToMiddleware(decorator))
    else:
        handler = decorator(handler)
    app.lambda_function(name="order")(handler)


both = pytest.mark.parametrize("is_async", [False, True])
everywhere = pytest.mark.parametrize("place", ["middleware", "below"])


@both
@everywhere
def test_logger_has_the_context(
    app: Domovoi, log: io.StringIO, logger: Logger, is_async: bool, place: str
) -> None:
    declare(app, lambda event: logger.info("served"), is_async, place, logger.inject_lambda_context)
    invoke(app, {"beer": 1})
    (line,) = read_lines(log)
    assert (line["message"], line["function_name"]) == ("served", "bar-dev")
    assert (line["function_request_id"], line["function_memory_size"]) == ("request-1", "128")


def test_logger_with_options_is_called_for_each_record(
    app: Domovoi, log: io.StringIO, logger: Logger
) -> None:
    decorator = logger.inject_lambda_context(correlation_id_path="messageId", clear_state=True)
    app.register_middleware(ConvertToMiddleware(decorator), "sqs")

    @app.sqs_queue_subscriber("orders", per_record=True)
    def work(record: Any) -> None:
        logger.info(record["body"])

    event = Client(app).event("work", "beer")
    invoke(app, {"Records": [event["Records"][0] | {"messageId": each} for each in "ab"]})
    assert [line["correlation_id"] for line in read_lines(log)] == ["a", "b"]


@pytest.fixture
def emitter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emitter]:
    """The segments that are sent to X-Ray."""
    config = importlib.import_module("aws_xray_sdk").global_sdk_config
    config.set_sdk_enabled(True)
    reset_tracer()
    recorder = importlib.import_module("aws_xray_sdk.core").xray_recorder
    if hasattr(recorder.emitter, "_socket"):
        recorder.emitter._socket.close()
    emitter = Emitter()
    recorder.configure(sampling=False, emitter=emitter)
    recorder.begin_segment("bar-dev")
    yield emitter
    recorder.clear_trace_entities()
    reset_tracer()


@pytest.mark.parametrize(
    ("is_async", "place"), [(False, "below"), (False, "middleware"), (True, "middleware")]
)
def test_tracer_measures_the_handler(app: Domovoi, emitter: Emitter, is_async: bool, place: str) -> None:
    tracer = Tracer(service="bar", auto_patch=False, disabled=False)
    finished = []

    def work(event: Any) -> int:
        tracer.put_annotation("beers", event["beer"])
        finished.append(time.time())
        return 5

    declare(app, work, is_async, place, tracer.capture_lambda_handler)
    assert invoke(app, {"beer": 1}) == 5
    (segment,) = emitter.segments
    name = "order" if place == "middleware" or not is_async else "order_async"
    assert segment.name == f"## {name}"
    assert segment.annotations["beers"] == 1
    assert segment.metadata["bar"] == {f"{name} response": 5}
    assert segment.start_time <= finished[0] <= segment.end_time


@pytest.mark.parametrize(
    ("is_async", "place"), [(False, "below"), (False, "middleware"), (True, "middleware")]
)
def test_idempotent_handler_works_once(app: Domovoi, is_async: bool, place: str) -> None:
    served = []

    def work(event: Any) -> int:
        served.append(event["beer"])
        return len(served)

    declare(app, work, is_async, place, idempotent(persistence_store=InMemory()))
    results = [invoke(app, {"beer": beer}) for beer in (1, 1, 2, 1)]
    assert (results, served) == ([1, 1, 2, 1], [1, 2])


def test_idempotent_handler_that_failed_works_again(app: Domovoi) -> None:
    served: list[int] = []

    def work(event: Any) -> int:
        served.append(1)
        return 1 // (len(served) - 1)

    declare(app, work, True, "middleware", idempotent(persistence_store=InMemory()))
    with pytest.raises(ZeroDivisionError):
        invoke(app, {"beer": 1})
    assert invoke(app, {"beer": 1}) == 1


def test_each_handler_and_each_record_has_its_own_key(app: Domovoi) -> None:
    store, served = InMemory(), []
    config = IdempotencyConfig(event_key_jmespath="messageId")
    app.register_middleware(ConvertToMiddleware(idempotent(persistence_store=store, config=config)), "sqs")

    def work(record: Any, context: Any) -> None:
        served.append(f"{record['messageId']} {record['eventSourceARN'][-1]}")

    app.sqs_queue_subscriber("a", per_record=True, name="first")(work)
    app.sqs_queue_subscriber("b", per_record=True, name="second")(work)
    events = [Client(app).event(name) for name in ("first", "second")]
    for event in [*events, *events]:
        records = [event["Records"][0] | {"messageId": each} for each in "xyx"]
        assert invoke(app, {"Records": records}) == {"batchItemFailures": []}
    assert served == ["x a", "y a", "x b", "y b"]
    assert {key.partition("#")[0] for key in store.records} == {
        f"bar-dev.{__name__}.{name}" for name in ("first", "second")
    }


@both
@everywhere
def test_parser_passes_the_model(app: Domovoi, is_async: bool, place: str) -> None:
    declare(app, lambda event: type(event).__name__, is_async, place, event_parser(model=Order))
    assert invoke(app, {"beer": 1}) == "Order"
    with pytest.raises(ValidationError):
        invoke(app, {"beer": "x"})


def test_parser_passes_the_model_of_a_record(app: Domovoi) -> None:
    bodies = []
    app.register_middleware(ConvertToMiddleware(event_parser(model=SqsRecordModel)), "sqs")

    @app.sqs_queue_subscriber("orders", per_record=True)
    async def work(record: SqsRecordModel) -> None:
        bodies.append(record.body)

    assert invoke(app, Client(app).event("work", "beer")) == {"batchItemFailures": []}
    assert bodies == ["beer"]


def serve(record: Any) -> None:
    if record.body == "bad":
        raise ValueError(record.body)


async def serve_async(record: Any) -> None:
    await asyncio.sleep(0)
    serve(record)


def work(event: Any, context: Any) -> Any:
    processor = BatchProcessor(event_type=EventType.SQS)
    return process_partial_response(event, serve, processor, context)


def work_async(event: Any, context: Any) -> Any:
    processor = AsyncBatchProcessor(event_type=EventType.SQS)
    return async_process_partial_response(event, serve_async, processor, context)


def send_batch(app: Domovoi, handler: Any, **options: Any) -> Any:
    app.sqs_queue_subscriber("orders", name="work", **options)(handler)
    record = Client(app).event("work", "beer")["Records"][0]
    bodies = {"1": "beer", "2": "bad", "3": "beer"}
    return invoke(app, {"Records": [record | {"messageId": k, "body": v} for k, v in bodies.items()]})


@pytest.mark.parametrize("handler", [work, work_async])
@pytest.mark.parametrize("in_lambda", [False, True])
def test_batch_processor_reports_with_report_failures(
    app: Domovoi, logger: Logger, monkeypatch: pytest.MonkeyPatch, handler: Any, in_lambda: bool
) -> None:
    app.register_middleware(ConvertToMiddleware(logger.inject_lambda_context))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    if in_lambda:
        monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")  # the processor then keeps its event loop
    try:
        result = send_batch(app, handler, report_failures=True)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert result == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_batch_processor_without_report_failures_is_an_error(app: Domovoi) -> None:
    with pytest.raises(DispatchError, match="Add report_failures=True to the decorator"):
        send_batch(app, work)


def test_sync_batch_processor_works_in_an_async_handler(app: Domovoi) -> None:
    async def handle(event: Any, context: Any) -> Any:
        return work(event, context)

    result = send_batch(app, handle, report_failures=True)
    assert result == {"batchItemFailures": [{"itemIdentifier": "2"}]}


@pytest.fixture
def page() -> Iterator[dict[str, Any]]:
    """The names that the example of the page defines."""
    source, *_ = list_texts("docs/guides/middleware.md", "python", below="# Powertools")
    namespace: dict[str, Any] = {"__name__": "app"}
    reset_tracer()
    exec(compile(source, "app.py", "exec", dont_inherit=True), namespace)  # noqa: S102
    yield namespace
    reset_tracer()
    shared = logging.getLogger("bar")  # other tests have a logger of this name
    shared.handlers.clear()
    shared.filters.clear()
    shared.setLevel(logging.NOTSET)
    shared.propagate = True
    del shared.init  # type: ignore[attr-defined]


def test_example_of_the_page_orders_and_reports(
    page: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    app = page["app"]
    log = page["logger"].registered_handler.stream = io.StringIO()
    assert invoke(app, {"beer": 3}) == 3
    record = Client(app).event("work", {"beer": 1})["Records"][0]
    records = [record, record | {"messageId": "2", "body": "no JSON"}]
    assert invoke(app, {"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    lines = [(each["message"], each["beers"], each["function_request_id"]) for each in read_lines(log)]
    assert lines == [("ordered", 3, "request-1"), ("served", 1, "request-1")]
