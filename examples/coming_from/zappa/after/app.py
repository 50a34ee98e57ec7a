"""The same app, of one function."""

from domovoi_tf import Domovoi

app = Domovoi()


@app.sqs_queue_subscriber("orders", batch_size=5, create=False)
def order(event, context):
    for record in event["Records"]:
        print(record["body"])


@app.scheduled_function("cron(0 3 * * ? *)")
def sweep(event, context):
    print("due at", event["time"])
