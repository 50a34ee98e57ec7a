"""Every option of a mapping from a table's stream; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "dynamodb-dev",
    "DOMOVOI_TF_VAR_cellar_stream_arn": "arn:aws:dynamodb:us-west-2:123456789012:table/cellar/stream/2026-01-31T10:20:30.400",
    "DOMOVOI_TF_VAR_discarded_arn": "arn:aws:sns:us-west-2:123456789012:discarded",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.dynamodb_stream_handler("my-table", 64)
def follow(event, context):
    return "follow", event


@app.dynamodb_stream_handler(
    domovoi_tf.scoped("orders.2026"),
    batch_size=1,
    starting_position="LATEST",
    filters=[
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"for": {"S": ['${no} "\\']}}}},
        {"dynamodb": {"NewImage": {"price": {"N": [{"anything-but": ["0"]}]}}}},
    ],
    maximum_batching_window=5,
    parallelization_factor=2,
    maximum_retry_attempts=3,
    maximum_record_age=3600,
    bisect_batch_on_error=True,
    on_failure="arn:aws:sqs:us-west-2:123456789012:discarded",
    per_record=True,
)
def take_order(record, context):
    return "take_order", record


@app.dynamodb_stream_handler("my-table", function=reports, on_failure=domovoi_tf.variable("discarded_arn"))
def count(event, context):
    return "count", event


@app.dynamodb_stream_handler(
    domovoi_tf.variable("cellar_stream_arn"),
    function=reports,
    maximum_retry_attempts=-1,
    maximum_record_age=-1,
    tumbling_window=900,
    report_failures=True,
)
def descend(event, context):
    return "descend", event


def expected(event):
    return "follow", event


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"Records/dynamodb/Keys", "Records/dynamodb/NewImage", "Records/dynamodb/OldImage"}
#: Fields that AWS documents and its example lacks.
MORE = {"Records/dynamodb/ApproximateCreationDateTime"}
