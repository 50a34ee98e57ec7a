"""A handler's report of failed records counts only if its event source mapping reads such reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi
from domovoi_tf.settings import Settings
from domovoi_tf.testing import Client
from domovoi_tf.validation.application import validate

IGNORED = (
    "The handler returned batchItemFailures, but its event source mapping ignores them.\n"
    "Add report_failures=True to the decorator, or raise an exception to retry the whole batch."
)
FAILURES = [{"itemIdentifier": "1"}]
CREATED = ["s3:ObjectCreated:*"]
Decorate = Callable[..., Callable[[Any], Any]]
SOURCES: dict[str, Decorate] = {
    "sqs": lambda app, **options: app.sqs_queue_subscriber("orders", **options),
    "dynamodb": lambda app, **options: app.dynamodb_stream_handler("customers", **options),
    "kinesis": lambda app, **options: app.kinesis_stream_handler("clicks", **options),
}
S3: dict[str, Decorate] = {
    "s3 through sqs": lambda app, **options: app.s3_event_handler(
        "photos", CREATED, use_sns=False, use_sqs=True, **options
    ),
    "s3 through sns and sqs": lambda app, **options: app.s3_event_handler(
        "photos", CREATED, use_sqs=True, **options
    ),
}
MAPPINGS = {**SOURCES, **S3}


def build(source: str, result: Any, **options: Any) -> Client:
    app = Domovoi()

    def handle(event: Any, context: Any) -> Any:
        return result

    MAPPINGS[source](app, **options)(handle)
    return Client(app)


@pytest.mark.parametrize("source", MAPPINGS)
def test_report_that_the_mapping_ignores_is_an_error(source: str) -> None:
    with pytest.raises(DispatchError) as raised:
        build(source, {"batchItemFailures": FAILURES}).send("handle")
    assert str(raised.value) == IGNORED


@pytest.mark.parametrize("source", MAPPINGS)
def test_report_that_the_mapping_reads_is_the_result(source: str) -> None:
    result = {"batchItemFailures": FAILURES}
    assert build(source, result, report_failures=True).send("handle") == result


@pytest.mark.parametrize("source", MAPPINGS)
@pytest.mark.parametrize("result", [{"batchItemFailures": []}, {"batchItemFailures": None}, {}, None, "beer"])
def test_empty_report_is_success_without_the_option(source: str, result: Any) -> None:
    """Powertools returns one after each batch."""
    assert build(source, result).send("handle") == result


@pytest.mark.parametrize("source", ["dynamodb", "kinesis"])
def test_window_that_reports_keeps_its_state(source: str) -> None:
    result = {"state": {"total": 1}, "batchItemFailures": FAILURES}
    options = {"tumbling_window": 60}
    assert build(source, result, report_failures=True, **options).send("handle") == result
    with pytest.raises(DispatchError, match="its event source mapping ignores them"):
        build(source, result, **options).send("handle")


@pytest.mark.parametrize("source", SOURCES)
def test_record_whose_handler_returns_a_report_fails(source: str, caplog: pytest.LogCaptureFixture) -> None:
    result = build(source, {"batchItemFailures": FAILURES}, per_record=True).send("handle")
    (failure,) = result["batchItemFailures"]
    assert failure["itemIdentifier"] not in ("1", "")
    assert (
        "The handler of a single record returned batchItemFailures.\n"
        "Raise an exception if the record failed." in caplog.text
    )


def test_report_of_an_async_handler_is_checked_too() -> None:
    app = Domovoi()

    @app.sqs_queue_subscriber("orders")
    async def handle(event: Any, context: Any) -> Any:
        return {"batchItemFailures": FAILURES}

    with pytest.raises(DispatchError) as raised:
        Client(app).send("handle")
    assert str(raised.value) == IGNORED


def test_task_may_return_such_a_report_as_data() -> None:
    app = Domovoi()

    @app.step_function_task("Tap", {"StartAt": "Tap", "States": {"Tap": {"Type": "Task", "End": True}}})
    def tap(event: Any, context: Any) -> Any:
        return {"batchItemFailures": FAILURES}

    assert Client(app).send("tap") == {"batchItemFailures": FAILURES}


def test_handler_of_two_prefixes_receives_their_objects_at_once() -> None:
    app, sizes = Domovoi(), []

    def handle(event: Any, context: Any) -> None:
        sizes.append(len(event["Records"]))

    for prefix in ("in/", "out/"):
        app.s3_event_handler("photos", CREATED, prefix, use_sns=False, use_sqs=True)(handle)
    client = Client(app)
    record = client.event("handle", "in/a")["Records"][0]
    other = {**record, "body": record["body"].replace("in/a", "out/a")}
    client.invoke({"Records": [record, other]})
    assert sizes == [2]


@pytest.mark.parametrize(
    ("results", "response"),
    [
        ((None, None), None),
        ((None, "done"), {"batchItemFailures": []}),
        ((None, {"batchItemFailures": FAILURES}), {"batchItemFailures": FAILURES}),
        (({"batchItemFailures": None}, None), {"batchItemFailures": []}),
    ],
)
def test_handlers_of_one_queue_return_one_report(results: tuple[Any, Any], response: Any) -> None:
    """Lambda reads the result of the whole batch, and no list is a valid report."""
    app = Domovoi()
    for prefix, result in zip(("in", "out"), results, strict=True):

        def handle(event: Any, context: Any, *, result: Any = result) -> Any:
            return result

        options: dict[str, Any] = {"use_sns": False, "use_sqs": True, "report_failures": True}
        app.s3_event_handler("photos", CREATED, f"{prefix}/", name=prefix, **options)(handle)
    client = Client(app)
    records = [client.event(prefix, f"{prefix}/a")["Records"][0] for prefix in ("in", "out")]
    assert client.invoke({"Records": records}) == response


def list_problems(app: Domovoi) -> list[tuple[str, str]]:
    problems = validate(app.freeze(), Settings(app_name="bar", stage="dev"))
    return [(problem.message, problem.remedy) for problem in problems]


@pytest.mark.parametrize("source", SOURCES)
def test_report_of_single_records_is_a_problem(source: str) -> None:
    assert list_problems(build(source, None, per_record=True, report_failures=True).app) == [
        (
            "per_record and report_failures exclude each other",
            "Leave one of them out: with per_record, a record fails if its handler raises an exception.",
        )
    ]


def test_report_without_a_queue_is_a_problem() -> None:
    app = Domovoi()

    @app.s3_event_handler("photos", CREATED, report_failures=True)
    def handle(event: Any, context: Any) -> None: ...

    assert list_problems(app) == [("report_failures has no effect without use_sqs", "Add use_sqs=True.")]


def test_triggers_of_one_queue_must_agree_on_reports() -> None:
    app = Domovoi()

    def handle(event: Any, context: Any) -> None: ...

    options: dict[str, Any] = {"use_sns": False, "use_sqs": True}
    app.s3_event_handler("photos", CREATED, "in/", report_failures=True, **options)(handle)
    app.s3_event_handler("photos", CREATED, "out/", **options)(handle)
    line = app.freeze().routes[0].location
    assert list_problems(app) == [
        (
            f"handle and handle ({line}) share the queue for S3 bucket photos through SQS, "
            "with report_failures=False and report_failures=True",
            "Use the same value in both, or set function= for one.",
        )
    ]
