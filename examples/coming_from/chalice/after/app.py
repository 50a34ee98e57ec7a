"""The same app, with the names that Chalice has given to its functions and its rule."""

from urllib.parse import unquote_plus

from domovoi_tf import Domovoi, scoped

app = Domovoi()
sweeps, orders, alarms = app.function("sweep"), app.function("order"), app.function("alarm")
photos, admins = app.function("develop"), app.function("admin")


@app.scheduled_function("rate(5 minutes)", rule_name=scoped("sweep-event"), target_id="1", function=sweeps)
def sweep(event):
    print("due at", event["time"])


@app.sqs_queue_subscriber("orders", create=False, batch_size=5, function=orders)
def order(event):
    for record in event["Records"]:
        print(record["body"])


@app.sns_topic_subscriber("alarms", create=False, function=alarms)
def alarm(event):
    for record in event["Records"]:
        print(record["Sns"]["Subject"], record["Sns"]["Message"])


@app.s3_event_handler("shop-photos", ["s3:ObjectCreated:*"], use_sns=False, function=photos)
def develop(event):
    for record in event["Records"]:
        print(unquote_plus(record["s3"]["object"]["key"]))


@app.lambda_function(function=admins)
def admin(event, context):
    return {"did": event["action"]}
