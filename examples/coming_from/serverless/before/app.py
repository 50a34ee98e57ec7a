"""The handlers of an app of Serverless Framework."""


def order(event, context):
    for record in event["Records"]:
        print(record["body"])


def sweep(event, context):
    print("due at", event["time"])


def alarm(event, context):
    print(event["Records"][0]["Sns"]["Message"])
