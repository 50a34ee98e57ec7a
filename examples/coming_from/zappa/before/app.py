"""The handlers of an app of Zappa."""


def order(event, context):
    for record in event["Records"]:
        print(record["body"])


def sweep(event, context):
    print("due at", event["time"])
