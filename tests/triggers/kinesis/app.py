"""Every option of a mapping from a data stream; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "kinesis-dev",
    "DOMOVOI_TF_VAR_cellar_stream_arn": "arn:aws:kinesis:us-east-2:123456789012:stream/cellar",
    "DOMOVOI_TF_VAR_discarded_arn": "arn:aws:sqs:us-east-2:123456789012:discarded",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.kinesis_stream_handler("lambda-stream", 64)
def follow(event, context):
    return "follow", event


@app.kinesis_stream_handler(
    domovoi_tf.scoped("clicks.2026"),
    batch_size=1,
    create=True,
    starting_position="LATEST",
    filters=[{"data": {"for": ['${no} "\\']}}, {"partitionKey": [{"prefix": "beer"}]}],
    maximum_batching_window=5,
    parallelization_factor=2,
    maximum_retry_attempts=3,
    maximum_record_age=3600,
    bisect_batch_on_error=True,
    on_failure="arn:aws:sns:us-east-2:123456789012:discarded",
    per_record=True,
)
def click(record, context):
    return "click", record


@app.kinesis_stream_handler(
    "lambda-stream", function=reports, on_failure=domovoi_tf.variable("discarded_arn")
)
def count(event, context):
    return "count", event


@app.kinesis_stream_handler("pours", create=True, function=reports, tumbling_window=60, report_failures=True)
def pour(event, context):
    return "pour", event


@app.kinesis_stream_handler(
    domovoi_tf.variable("cellar_stream_arn"), function=reports, maximum_retry_attempts=0
)
def descend(event, context):
    return "descend", event


def expected(event):
    return "follow", event
