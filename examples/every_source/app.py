"""One handler for each kind of event source: a shop, from the order to the receipt."""

import json

import domovoi_tf
from domovoi_tf import scoped

app = domovoi_tf.Domovoi()

# Reports take long, so they have their own function; the other handlers share the default one.
reports = app.function("reports", memory_size=1024, timeout=900)


@app.scheduled_function("rate(1 day)", function=reports)
def count_stock(event, context):
    context.log("counting")


# A stage with another greeting sets TF_VAR_greeting, or writes it to its terraform.tfvars.
greeting = app.variable("greeting", default="good morning")


@app.scheduled_function("cron(0 9 ? * MON-FRI *)", timezone="Europe/Vienna")
def open_shop(event, context):
    context.log(str(greeting))


@app.cloudwatch_event_handler(source=["aws.health"], detail_type=["AWS Health Event"])
def worry(event, context):
    context.log(event["detail"]["eventTypeCode"])


@app.sns_topic_subscriber(scoped("orders"), filter_policy={"kind": ["beer", "wine"]})
def pour(event, context):
    context.log(event["Records"][0]["Sns"]["Message"])


# One order at a time: only failed ones are retried, three times, and then go to the dead-letter queue.
@app.sqs_queue_subscriber(scoped("deliveries"), per_record=True, max_receive_count=3)
def deliver(record, context):
    context.log(json.loads(record["body"]))


@app.s3_event_handler(scoped("labels"), ["s3:ObjectCreated:*"], prefix="raw/", create=True)
def print_label(event, context):
    for record in event["Records"]:
        context.log(record["s3"]["object"]["key"])


@app.dynamodb_stream_handler("every-source-customers", batch_size=100, maximum_batching_window=5)
def greet(event, context):
    context.log(f"{len(event['Records'])} customers changed")


@app.kinesis_stream_handler(scoped("tills"), batch_size=100, create=True, function=reports)
def add_up(event, context):
    context.log(f"{len(event['Records'])} receipts")


@app.cloudwatch_logs_sub_filter_handler("/every-source/web", "ERROR")
def apologise(event, context):
    for line in event["logEvents"]:
        context.log(line["message"])


@app.email_receipt_handler(["orders@example.com"], rule_set_name="every-source")
def read_mail(event, context):
    context.log(event["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"])


@app.alb_target("/menu")
def show_menu(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "beer, wine\n"}


@app.function_url()
def take_order(event, context):
    execution = app.state_machine.start_execution(order=json.loads(event["body"]))
    return {"statusCode": 202, "body": execution["executionArn"]}


@app.lambda_function()
def close_shop(event, context):
    context.log(f"closed by {event['by']}")
    return {"closed": True}


@app.step_function_task(
    state_name="Brew",
    state_machine_definition={"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}},
)
def brew(event, context):
    return {"brewed": event["order"], "by": context.stepfunctions_task_name}
