"""Every form of declaration that works, for mypy and pyright: neither may find anything here."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, TypedDict

from domovoi_tf import ConvertToMiddleware, DispatchError, Domovoi, DomovoiError, scoped, testing, variable
from domovoi_tf.testing import Client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typing_extensions import assert_type

    from domovoi_tf.types import (
        ALBEvent,
        ALBMultiValueEvent,
        BatchResponse,
        CloudWatchLogsData,
        Context,
        DynamoDBRecord,
        DynamoDBWindowEvent,
        EventBridgeEvent,
        FunctionUrlEvent,
        HTTPResponse,
        KinesisStreamEvent,
        S3Event,
        ScheduledEvent,
        SESEvent,
        SNSEvent,
        SQSEvent,
        SQSRecord,
    )

app = Domovoi("bar", configure_logs=False)
app.sqs_default_queue_attributes = {"VisibilityTimeout": 60}
reports = app.function("reports", memory_size=512, timeout=120)
key = app.variable("payment_key", sensitive=True)
clicks = app.variable("clicks_arn", default="arn:aws:kinesis:eu-west-1:123456789012:stream/clicks")
ARGUMENTS: dict[str, Any] = {"$or": [{"source": ["cellar"]}, {"region": ["eu-west-1"]}]}


class Order(TypedDict):
    """The input of a task."""

    beer: int


@app.scheduled_function("rate(1 day)", rule_name=scoped("daily"), enabled=True, description="daily")
@app.scheduled_function("at(2030-12-31T23:59:59)", "once", timezone="Europe/Vienna", input={"depth": 2})
def sweep(event: ScheduledEvent, context: Context) -> None:
    context.log({"time": event["time"], "type": event["detail-type"]})


@app.cloudwatch_event_handler(
    source=["aws.ecs"], detail_type=["Task"], detail={"left": [{"numeric": ["<", 3]}]}
)
@app.cloudwatch_event_handler(rule_name="other", event_bus_name=variable("bus"), **ARGUMENTS)
async def restock(event: EventBridgeEvent) -> str:
    return str(event["detail"]["left"])


@app.sns_topic_subscriber(
    "bartender",
    create=False,
    filter_policy={"kind": ["beer"]},
    filter_policy_scope="MessageBody",
    function=reports,
)
def tend(event: SNSEvent, context: Context) -> list[str]:
    return [record["Sns"]["Message"] for record in event["Records"]]


@app.sqs_queue_subscriber(
    variable("orders"),
    10,
    {"KmsMasterKeyId": variable("key")},
    maximum_batching_window=5,
    report_failures=True,
)
def work(event: SQSEvent, context: Context) -> BatchResponse:
    failed = [record for record in event["Records"] if not record["body"]]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


@app.sqs_queue_subscriber(
    "singles", per_record=True, filters=[{"body": {"kind": ["beer"]}}], max_receive_count=3
)
async def single(record: SQSRecord) -> None:
    logging.info(record["attributes"]["ApproximateReceiveCount"])


@app.s3_event_handler("photos", ["s3:ObjectCreated:*"], "raw/", ".jpg", use_sqs=True, sqs_batch_size=5)
@app.s3_event_handler("uploads", ("s3:ObjectCreated:*",), sns_topic=scoped("uploads"))
def develop(event: S3Event, context: Context) -> None:
    for record in event["Records"]:
        print(
            record["s3"]["object"]["key"], record["responseElements"]["x-amz-request-id"], record.get("Sns")
        )


@app.dynamodb_stream_handler("orders", tumbling_window=60, on_failure=variable("failures"))
def count(event: DynamoDBWindowEvent, context: Context) -> dict[str, Any]:
    return {"state": {"total": event["state"].get("total", 0) + len(event["Records"])}}


@app.dynamodb_stream_handler(
    "wines", 100, starting_position="LATEST", per_record=True, bisect_batch_on_error=True
)
def wine(record: DynamoDBRecord) -> None:
    print(record["dynamodb"]["Keys"], record["dynamodb"].get("NewImage"))


@app.kinesis_stream_handler(clicks, name="count", function=reports)
@app.kinesis_stream_handler("clicks", create=True, parallelization_factor=2, maximum_retry_attempts=3)
def click(event: KinesisStreamEvent, context: Context) -> None:
    print([record["kinesis"]["data"] for record in event["Records"]])


@app.cloudwatch_logs_sub_filter_handler("/till", "ERROR")
def alarm(event: CloudWatchLogsData, context: Context) -> None:
    print([line["message"] for line in event["logEvents"]])


@app.email_receipt_handler(["example.com", variable("domain")], rule_set_name="mail", after=scoped("other"))
def support(event: SESEvent, context: Context) -> None:
    print(event["Records"][0]["ses"]["mail"]["commonHeaders"]["from"])


@app.function_url(auth="NONE", cors={"allow_origins": ["*"], "max_age": 60})
def menu(event: FunctionUrlEvent, context: Context) -> HTTPResponse:
    return {"statusCode": 200, "body": event["requestContext"]["http"]["method"]}


@app.alb_target("/menu", host="bar.example.com", priority=7, multi_value_headers=True)
def page(event: ALBMultiValueEvent, context: Context) -> HTTPResponse:
    return {"statusCode": 200, "multiValueHeaders": event["multiValueHeaders"]}


@app.alb_target("/")
def home(event: ALBEvent) -> HTTPResponse:
    return {"statusCode": 302, "headers": {"location": f"https://{event['headers']['host']}/menu"}}


@app.lambda_function("admin", function=reports)
def administrate(event: dict[str, Any], context: Context) -> int:
    return context.get_remaining_time_in_millis()


@app.lambda_function()
def untyped(event: Any, context: Any, *, further: int = 1) -> Any:
    return event


def fill(event: Order, context: Context) -> str:
    return context.stepfunctions_task_name


bottling = app.register_state_machine(
    {"StartAt": "Fill", "States": {"Fill": {"Type": "Task", "Resource": fill, "End": True}}},
    "bottling",
    type="EXPRESS",
    log_level="ERROR",
    tracing=True,
    policy=[{"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": ["*"]}],
)


@app.step_function_task("Mash", {"StartAt": "Mash", "States": {"Mash": {"Type": "Task", "End": True}}})
@app.step_function_task("Boil", bottling, name="boil")
def mash(event: Order, context: Context) -> Order:
    app.state_machine.start_execution(malt=5)
    app.state_machines["bottling"].start_named_execution("monday", malt=5)
    return {"beer": event["beer"] * 2}


class Bill:
    """An object with handlers."""

    def pay(self, event: SNSEvent, context: Context) -> int:
        return len(event["Records"])

    def __call__(self, event: SNSEvent) -> None: ...

    @staticmethod
    @app.sns_topic_subscriber("static")
    def check(event: SNSEvent, context: Context) -> None: ...

    @app.sns_topic_subscriber("static below")
    @staticmethod
    def recheck(event: SNSEvent, context: Context) -> None: ...


bill = Bill()
assert_type(app.sns_topic_subscriber("bills")(bill.pay)({"Records": []}, app.lambda_context), int)
assert_type(app.sns_topic_subscriber("bill")(bill), Bill)
app.sns_topic_subscriber(scoped("names", form="{name}-{stage}"), name="partial")(
    functools.partial(fill, {"beer": 1})
)
app.scheduled_function("rate(1 day)", name="lambda")(lambda event, context: print(event))
assert_type(reports, str)
assert_type(str(key), str)


@app.middleware()
@app.middleware("sqs")
def pass_on(event: Any, get_response: Callable[[Any], Any]) -> Any:
    return get_response(event)


@app.middleware("http")
async def measure(event: Any, get_response: Callable[[Any], Awaitable[Any]], context: Context) -> Any:
    return await get_response(event)


def log_calls(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return handler


app.register_middleware(pass_on)
app.register_middleware(ConvertToMiddleware(log_calls), event_type="state_machine")
assert_type(pass_on({}, print), Any)


async def call(event: SNSEvent, context: Context, order: Order) -> None:
    """Handlers keep their own types: they can be called as they are."""
    assert_type(tend(event, context), "list[str]")
    assert_type(await restock({**EXAMPLE, "source": "here"}), str)
    assert_type(mash(order, context), Order)


EXAMPLE: EventBridgeEvent = {
    "version": "0",
    "id": "1",
    "detail-type": "Task",
    "source": "here",
    "account": "123456789012",
    "time": "2030-01-01T00:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {},
}


async def call_with_own_context(event: SNSEvent, order: Order) -> None:
    own = testing.Context("arn:aws:lambda:eu-west-1:123456789012:function:bar", 128, lambda: 1000)
    await call(event, own, order)


def test_a_beer_is_served() -> None:
    client = Client(app, variables={"orders": "arn:aws:sqs:eu-west-1:123456789012:orders"})
    try:
        client.send("tend", {"beer": 1}, Subject="order")
    except (DispatchError, DomovoiError) as error:
        print(error.remedy)
    assert client.logs == []
