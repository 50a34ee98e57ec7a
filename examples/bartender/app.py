"""A schedule that orders a beer every minute, and a topic whose subscriber serves it."""

import json

import boto3

import domovoi_tf

app = domovoi_tf.Domovoi()


@app.scheduled_function("rate(1 minute)")
def bar(event, context):
    topic = boto3.resource("sns").create_topic(Name="bartender")
    topic.publish(Message=json.dumps({"beer": 1}))
    return {"result": "Work work work"}


@app.sns_topic_subscriber("bartender")
def tend(event, context):
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    context.log({"beer": "Quadrupel", "quantity": message["beer"]})
