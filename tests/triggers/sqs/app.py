"""Every option of a mapping from a queue; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_VAR_stage": "dev",
    "DOMOVOI_TF_NAME": "sqs-dev",
    "DOMOVOI_TF_VAR_complaints_queue_arn": "arn:aws:sqs:us-east-2:123456789012:complaints.fifo",
    "DOMOVOI_TF_VAR_key_arn": "arn:aws:kms:us-east-2:123456789012:key/1",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.sqs_queue_subscriber(
    "my-queue", batch_size=64, queue_attributes={"VisibilityTimeout": "320"}, maximum_batching_window=1
)
def work(event, context):
    return "work", event


@app.sqs_queue_subscriber("plain")
def plain(event, context):
    return "plain", event


@app.sqs_queue_subscriber(
    domovoi_tf.scoped("orders.fifo"),
    5,
    {
        "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "KmsMasterKeyId": domovoi_tf.variable("key_arn"),
        "KmsDataKeyReusePeriodSeconds": 300,
    },
    maximum_concurrency=2,
    filters=[{"body": {"for": ['${no} "\\']}}, {"body": {"price": [{"numeric": [">", 0]}]}}],
    per_record=True,
    max_receive_count=3,
)
def take_order(event, context):
    return "take_order", event


@app.sqs_queue_subscriber("loyalty", create=False, report_failures=True, function=reports)
def reward(event, context):
    return "reward", event


@app.sqs_queue_subscriber(domovoi_tf.variable("complaints_queue_arn"), function=reports)
def apologise(event, context):
    return "apologise", event


@app.sqs_queue_subscriber("slow", max_receive_count=2, function=reports)
def slow(event, context):
    return "slow", event


@app.sqs_queue_subscriber("slow-dead-letters")
def mourn(event, context):
    return "mourn", event


@app.sqs_queue_subscriber(
    "shared", queue_attributes={"MessageRetentionPeriod": 86400, "SqsManagedSseEnabled": False}
)
def share(event, context):
    return "share", event


@app.sqs_queue_subscriber(
    "shared",
    queue_attributes={
        "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:us-east-2:123456789012:dead", "maxReceiveCount": 5}'
    },
    function=reports,
)
def share_too(event, context):
    return "share_too", event


@app.sqs_queue_subscriber(
    domovoi_tf.scoped("returns", form="{name}-{stage}.fifo"), max_receive_count=2, function=reports
)
def take_back(event, context):
    return "take_back", event


def expected(event):
    return "work", event
