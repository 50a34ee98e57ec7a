"""Handles the orders of one tenant, whose topic, queue, bucket and table belong to another repository."""

import json

import domovoi_tf
from domovoi_tf import variable

app = domovoi_tf.Domovoi()

# Each call of the module passes another one.
currency = app.variable("currency")


@app.sns_topic_subscriber(variable("orders_topic_arn"))
def take_order(event, context):
    for record in event["Records"]:
        order = json.loads(record["Sns"]["Message"])
        context.log(f"order {order['id']}: {order['total']} {currency}")
        app.state_machine.start_execution(order=order["id"])


@app.step_function_task(
    state_name="Pack",
    state_machine_definition={"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "End": True}}},
)
def pack(event, context):
    context.log(f"packed {event['order']}")


# The owner of the queue says how often a payment is tried, and where it goes then.
@app.sqs_queue_subscriber(variable("payments_queue_arn"), batch_size=1, per_record=True)
def book_payment(record, context):
    payment = json.loads(record["body"])
    context.log(f"payment {payment['id']}: {payment['amount']} {currency}")


# The bucket notifies others too, so its owner writes the notification, with the output s3_notifications.
@app.s3_event_handler(
    variable("documents_bucket"),
    ["s3:ObjectCreated:*"],
    prefix="invoices/",
    use_sns=False,
    manage_notification=False,
)
def file_invoice(event, context):
    for record in event["Records"]:
        context.log(f"invoice {record['s3']['object']['key']}")


@app.dynamodb_stream_handler(
    variable("customers_stream_arn"),
    filters=[{"eventName": ["INSERT"]}],
)
def welcome_customer(event, context):
    for record in event["Records"]:
        context.log(f"welcome {record['dynamodb']['Keys']['id']['S']}")
