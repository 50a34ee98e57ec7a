"""Mistakes that mypy and pyright find, each with what their message names in a comment: nothing else is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domovoi_tf import Domovoi, scoped, variable

if TYPE_CHECKING:
    from domovoi_tf.types import BatchResponse, Context, S3Event, SNSEvent, SQSEvent

app = Domovoi(app_nam="bar")  # wrong: "app_nam"
app.function("x", memory=5)  # wrong: "memory"
app.variable("key", secret=True)  # wrong: "secret"
app.variable("endpoint", default=5)  # wrong: "default"
scoped("beers", from_="{name}")  # wrong: "from_"
variable("key", sensitive="yes")  # wrong: "sensitive"
variable("key", default="x")  # wrong: "default"


@app.sqs_queue_subscriber(5)  # wrong: "queue_name" or Argument 1
def number(event: SQSEvent) -> None: ...


@app.sqs_queue_subscriber("orders", batch_sise="x")  # wrong: "batch_sise"
def misspelled(event: SQSEvent) -> None: ...


@app.sqs_queue_subscriber()  # wrong: "queue_name"
def missing(event: SQSEvent) -> None: ...


@app.sns_topic_subscriber("orders", False)  # wrong: positional
def positional(event: SNSEvent) -> None: ...


@app.sns_topic_subscriber  # wrong: "topic_name" or Argument 1
def bare(event: SNSEvent) -> None: ...


@app.function_url  # wrong: positional
def bare_without_arguments(event: Any) -> None: ...


@app.cloudwatch_event_handler(source="aws.ecs")  # wrong: "source"
def no_list(event: Any) -> None: ...


@app.cloudwatch_event_handler(detailtype=["Task"])  # wrong: "detailtype"
def no_field(event: Any) -> None: ...


@app.s3_event_handler("photos", "s3:ObjectCreated:*")  # wrong: "events" or Argument 2
def one_event(event: S3Event) -> None: ...


@app.sns_topik_subscriber("orders")  # wrong: "sns_topik_subscriber"
def no_decorator(event: SNSEvent) -> None: ...


@app.scheduled_function("rate(1 day)")  # wrong: Handler
def without_arguments() -> None: ...


@app.scheduled_function("rate(1 day)")  # wrong: Handler
def three_arguments(event: Any, context: Context, depth: int) -> None: ...


@app.sns_topic_subscriber("orders")
def tend(event: SNSEvent, context: Context) -> str:
    context.logg("tending")  # wrong: "logg"
    print(context.function_nam)  # wrong: "function_nam"
    return event["Records"][0]["Sns"]["Mesage"]  # wrong: "Mesage"


@app.sqs_queue_subscriber("orders", report_failures=True)
def work(event: SQSEvent, context: Context) -> BatchResponse:
    return {"batchItemFailure": []}  # wrong: "batchItemFailure"


def keeps_its_own_type(event: SNSEvent, context: Context) -> int:
    return tend(event, context)  # wrong: "int"


app.register_state_machine({}, nam="x")  # wrong: "nam"
app.register_state_machine(5)  # wrong: "definition" or Argument 1
app.step_function_task("Mash", 5)  # wrong: "state_machine_definition" or Argument 2
app.state_machine.start_execution(5)  # wrong: positional or Too many arguments


@app.middleware("sqss")  # wrong: "event_type" or Argument 1
def misspelled_kind(event: Any, get_response: Any) -> Any: ...


@app.middleware  # wrong: "event_type" or Argument 1
def without_parentheses(event: Any, get_response: Any) -> Any: ...


@app.middleware()  # wrong: M
def event_alone(event: Any) -> Any: ...


app.register_middleware(event_alone)  # wrong: "func" or Argument 1
app.route("/")  # wrong: "route"
