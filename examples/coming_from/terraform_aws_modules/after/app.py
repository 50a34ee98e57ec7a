"""The same functions and sources."""

from domovoi_tf import Domovoi, variable

app = Domovoi()


@app.sqs_queue_subscriber(variable("orders_queue_arn"), batch_size=5, function=app.function("order"))
def order(event, context):
    for record in event["Records"]:
        print(record["body"])


@app.scheduled_function("cron(0 3 * * ? *)", function=app.function("sweep"))
def sweep(event, context):
    print("due at", event["time"])
