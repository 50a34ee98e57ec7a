"""An app of Chalice."""

from chalice import Chalice, Rate

app = Chalice(app_name="shop")


@app.schedule(Rate(5, unit=Rate.MINUTES))
def sweep(event):
    print("due at", event.to_dict()["time"])


@app.on_sqs_message(queue="orders", batch_size=5)
def order(event):
    for record in event:
        print(record.body)


@app.on_sns_message(topic="alarms")
def alarm(event):
    print(event.subject, event.message)


@app.on_s3_event(bucket="shop-photos", events=["s3:ObjectCreated:*"])
def develop(event):
    print(event.key)


@app.lambda_function()
def admin(event, context):
    return {"did": event["action"]}
