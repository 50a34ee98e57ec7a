"""Handlers of direct invocations: beside another source, and alone in a function."""

import domovoi_tf

ENVIRONMENT = {}

app = domovoi_tf.Domovoi()
jobs = app.function("jobs")


@app.sns_topic_subscriber("orders")
def ship(event, context):
    return "ship", event


@app.lambda_function()
def lambda_run(event, context):
    return "lambda_run", event


@app.lambda_function("reindex", function=jobs)
def reindex_everything(event, context):
    return "reindex", event


def expected(event):
    return "lambda_run", event


#: The caller decides on the event.
FREE = {"action", "since"}
MORE = {"id", "message"}
