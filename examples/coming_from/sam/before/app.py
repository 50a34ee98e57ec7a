"""The handlers of an app of SAM."""


def order(event, context):
    for record in event["Records"]:
        print(record["body"])


def sweep(event, context):
    print("due at", event["time"])


def hello(event, context):
    return {"hello": event["rawPath"]}
