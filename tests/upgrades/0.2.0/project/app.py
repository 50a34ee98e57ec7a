"""An auction house that uses every event source, each with a variety of its options."""

import domovoi_tf
from domovoi_tf import scoped, variable

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=256, timeout=90)
public = app.function("public")
archive = app.function("archive", timeout=20)
payment_key = app.variable("payment_key", sensitive=True)
endpoint = app.variable("endpoint")

CREATED, REMOVED = ["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]


# Schedules: EventBridge rules and EventBridge Scheduler, with one or several for a handler.


@app.scheduled_function("rate(1 day)", description="Winds the clocks.")
def wind(event, context): ...


@app.scheduled_function("cron(0 9 ? * MON-FRI *)", timezone="Europe/Vienna")
def unlock(event, context): ...


@app.scheduled_function("rate(7 days)")
@app.scheduled_function("cron(0 18 ? * SAT *)", rule_name="heirloom-saturday", input={"depth": 2})
@app.scheduled_function(
    "cron(0 6 1 * ? *)", rule_name="heirloom-month", timezone="Europe/Vienna", function=reports
)
@app.scheduled_function("at(2040-12-31T23:59:59)", rule_name="heirloom-decade", enabled=False)
def audit(event, context): ...


# Event patterns: on the default bus, on an existing bus, and on one that is passed in.


@app.cloudwatch_event_handler(source=["aws.health"], detail_type=["AWS Health Event"])
def worry(event, context): ...


@app.cloudwatch_event_handler(
    source=["heirloom"], detail={"lot": [{"prefix": "A-"}]}, description="Lots of hall A."
)
@app.cloudwatch_event_handler(
    rule_name="heirloom-house-bids", event_bus_name="heirloom-house", source=["bids"]
)
@app.cloudwatch_event_handler(
    rule_name="heirloom-partner-bids",
    event_bus_name=variable("partner_bus"),
    source=["bids"],
    enabled=False,
    function=reports,
)
def bid(event, context): ...


# Topics: the app's own, looked up and passed in. SNS delivers FIFO topics to queues only.


@app.sns_topic_subscriber("heirloom-lots")
def catalogue(event, context): ...


@app.sns_topic_subscriber(scoped("lots"), filter_policy={"kind": ["clock", "chair"]})
@app.sns_topic_subscriber("heirloom-lots", function=reports)
@app.sns_topic_subscriber("heirloom-news", create=False)
@app.sns_topic_subscriber(
    variable("sales_topic_arn"), filter_policy={"lot": {"hall": ["A"]}}, filter_policy_scope="MessageBody"
)
def announce(event, context): ...


@app.sns_topic_subscriber(scoped("lots"), function=archive)
def keep(event, context):
    return [str(payment_key), str(endpoint)]


# Queues: the app's own, looked up, passed in, FIFO, with dead letters, and the dead letters themselves.


@app.sqs_queue_subscriber(scoped("deliveries"), per_record=True, max_receive_count=3)
def deliver(record, context): ...


@app.sqs_queue_subscriber(
    "heirloom-orders.fifo", 5, {"ContentBasedDeduplication": "true"}, per_record=True, max_receive_count=2
)
def order(record, context): ...


@app.sqs_queue_subscriber("heirloom-orders-dead-letters.fifo", function=reports)
def mourn(event, context): ...


@app.sqs_queue_subscriber(
    "heirloom-invoices", 64, {"VisibilityTimeout": "540"}, maximum_batching_window=1, maximum_concurrency=2
)
@app.sqs_queue_subscriber("heirloom-payments", create=False)
@app.sqs_queue_subscriber("heirloom-returns.fifo", create=False)
@app.sqs_queue_subscriber(variable("claims_queue_arn"), filters=[{"body": {"kind": ["clock", "chair"]}}])
def book(event, context): ...


# Buckets: directly, through SNS, through SQS, through both, and through EventBridge; owned by the app or not,
# with a shared topic, and passed in.


@app.s3_event_handler("heirloom-photos", CREATED, "direct/", use_sns=False)
def develop(event, context): ...


@app.s3_event_handler("heirloom-photos", CREATED, "topic/", ".jpg")
def frame(event, context): ...


@app.s3_event_handler("heirloom-photos", CREATED, "topic/", ".png", function=reports)
def mount(event, context): ...


@app.s3_event_handler("heirloom-photos", REMOVED, use_sns=False, use_sqs=True, sqs_batch_size=10)
def forget(event, context): ...


@app.s3_event_handler(
    "heirloom-photos", CREATED, "both/", use_sqs=True, sqs_queue_attributes={"MessageRetentionPeriod": 86400}
)
def hang(event, context): ...


@app.s3_event_handler(scoped("labels"), CREATED, "raw/", ".txt", create=True, use_eventbridge=True)
@app.s3_event_handler(scoped("labels"), REMOVED, create=True)
def label(event, context): ...


@app.s3_event_handler("heirloom-watched", CREATED, use_eventbridge=True)
def watch(event, context): ...


@app.s3_event_handler("heirloom-lent", CREATED, "topic/", manage_notification=False)
@app.s3_event_handler("heirloom-lent", CREATED, "direct/", use_sns=False, manage_notification=False)
@app.s3_event_handler(
    "heirloom-lent", CREATED, "queue/", use_sns=False, use_sqs=True, manage_notification=False
)
def borrow(event, context): ...


@app.s3_event_handler("heirloom-shared", CREATED, "mine/", sns_topic="heirloom-shared-events")
@app.s3_event_handler("heirloom-shared", CREATED, "ours/", sns_topic="heirloom-shared-events", use_sqs=True)
def share(event, context): ...


@app.s3_event_handler(variable("attic_bucket"), CREATED, suffix=".pdf", use_sqs=True)
@app.s3_event_handler("heirloom-cellar", CREATED, sns_topic=variable("cellar_topic_arn"))
def inherit(event, context): ...


# Streams: looked up, the app's own and passed in.


@app.dynamodb_stream_handler(
    "heirloom-lots", 100, maximum_batching_window=5, filters=[{"eventName": ["INSERT"]}]
)
@app.dynamodb_stream_handler(
    "heirloom-lots", 10, starting_position="LATEST", parallelization_factor=2, function=reports
)
def appraise(event, context): ...


@app.dynamodb_stream_handler(
    scoped("deeds"), 10, per_record=True, maximum_retry_attempts=3, bisect_batch_on_error=True
)
def register(record, context): ...


@app.dynamodb_stream_handler(
    variable("wills_stream_arn"), 1, maximum_record_age=3600, on_failure=variable("lost_queue_arn")
)
def execute(event, context): ...


@app.kinesis_stream_handler("heirloom-clicks", 10, tumbling_window=60)
def count(event, context): ...


@app.kinesis_stream_handler(scoped("bids"), 10, create=True, filters=[{"data": {"hall": ["A"]}}])
@app.kinesis_stream_handler(variable("tips_stream_arn"), 10, function=reports)
def follow(event, context): ...


@app.kinesis_stream_handler(
    "heirloom-clicks",
    10,
    per_record=True,
    on_failure="arn:aws:sns:us-east-1:000000000000:heirloom-lost",
    function=reports,
)
def remember(record, context): ...


# Log groups: looked up, the app's own and passed in.


@app.cloudwatch_logs_sub_filter_handler("/heirloom/web", "ERROR")
@app.cloudwatch_logs_sub_filter_handler(scoped("door"), "", create=True)
@app.cloudwatch_logs_sub_filter_handler(variable("till_log_group_arn"), "?WARN ?ERROR", function=reports)
def apologise(event, context): ...


# Mail: in an existing rule set and in one that is passed in.


@app.email_receipt_handler(["lots@example.com", ".example.org"], rule_set_name="heirloom")
def read(event, context): ...


@app.email_receipt_handler(rule_set_name="heirloom", after=scoped("read"), scan=False, function=reports)
def file(event, context): ...


@app.email_receipt_handler(
    [variable("reply_domain")], rule_set_name=variable("rule_set"), after="heirloom-spam", tls=True
)
def reply(event, context): ...


# HTTP: URLs of two functions, and rules of a load balancer.


@app.function_url()
def accept(event, context):
    return app.state_machine.start_execution(lot=event["body"])


@app.function_url(
    auth="NONE",
    cors={"allow_origins": ["https://example.com"], "allow_methods": ["GET"], "max_age": 600},
    function=public,
)
def present(event, context): ...


@app.alb_target()
def show(event, context): ...


@app.alb_target("/lots")
@app.alb_target("/lots", host="*.guests.heirloom.example.com", function=public)
@app.alb_target("/lots/sold", priority=7, function=reports)
def listing(event, context): ...


@app.alb_target("/lots", host=variable("partner_host"))
def partner(event, context): ...


# State machines: one without a name, and one with a name that is defined in a file.

auction = {
    "StartAt": "Open",
    "States": {
        "Open": {"Type": "Task", "Next": "Close"},
        "Close": {"Type": "Task", "End": True},
    },
}


@app.step_function_task("Open", auction)
@app.step_function_task("Close", auction, function=reports)
def hammer(event, context): ...


restoration = app.register_state_machine(
    "restoration.json",
    "restoration",
    type="EXPRESS",
    log_level="ERROR",
    include_execution_data=True,
    policy=[{"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*"}],
)


@app.step_function_task("Polish", restoration, function=archive)
def polish(event, context): ...
