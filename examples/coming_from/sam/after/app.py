"""The same app, of three functions."""

from domovoi_tf import Domovoi

app = Domovoi()


@app.sqs_queue_subscriber("orders", batch_size=5, create=False, function=app.function("order"))
def order(event, context):
    for record in event["Records"]:
        print(record["body"])


@app.scheduled_function("cron(0 3 * * ? *)", function=app.function("sweep", timeout=300))
def sweep(event, context):
    print("due at", event["time"])


@app.function_url(function=app.function("hello"))
def hello(event, context):
    return {"hello": event["rawPath"]}
