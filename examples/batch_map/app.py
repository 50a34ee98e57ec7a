"""A distributed map: one run for each object in a bucket, however many there are."""

import json

import boto3

import domovoi_tf

BUCKET = "batch-map-orders"

app = domovoi_tf.Domovoi()


def price(event, context):
    found = boto3.client("s3").get_object(Bucket=BUCKET, Key=event["Key"])
    order = json.loads(found["Body"].read())
    return {"order": event["Key"], "price": order["beers"] * 5}


def total(event, context):
    return {"orders": len(event), "total": sum(each["price"] for each in event)}


app.register_state_machine(
    {
        "Comment": "Prices the orders of a bucket",
        "StartAt": "Orders",
        "States": {
            "Orders": {
                "Type": "Map",
                "Label": "Orders",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:listObjectsV2",
                    "Parameters": {"Bucket": BUCKET, "Prefix": "incoming/"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "Price",
                    "States": {"Price": {"Type": "Task", "Resource": price, "End": True}},
                },
                "MaxConcurrency": 100,
                "ToleratedFailurePercentage": 5,
                "Next": "Total",
            },
            "Total": {"Type": "Task", "Resource": total, "End": True},
        },
    },
    log_level="ERROR",
)
