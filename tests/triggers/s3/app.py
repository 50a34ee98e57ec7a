"""Every way that S3's events come, and every option; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "s3-dev",
    "DOMOVOI_TF_VAR_stage": "dev",
    "DOMOVOI_TF_VAR_archive_bucket": "the-archive",
    "DOMOVOI_TF_VAR_uploads_topic_arn": "arn:aws:sns:us-west-2:123456789012:uploads",
}
CREATED, REMOVED = ["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.s3_event_handler("sourcebucket", CREATED, use_sns=False)
def catalogue(event, context):
    return "catalogue", event


@app.s3_event_handler("sourcebucket", REMOVED, "a b/", ".jpg", use_sns=False)
def forget(event, context):
    return "forget", event


@app.s3_event_handler("sourcebucket", ["s3:ObjectTagging:Put", "s3:ObjectTagging:Delete"], function=reports)
def retag(event, context):
    return "retag", event


@app.s3_event_handler(domovoi_tf.scoped("photos"), CREATED, "raw/${x}=", create=True)
@app.s3_event_handler(domovoi_tf.scoped("photos"), CREATED, "scans/", create=True)
def develop(event, context):
    return "develop", event


@app.s3_event_handler(
    domovoi_tf.scoped("photos"),
    REMOVED,
    use_sns=False,
    use_sqs=True,
    sqs_batch_size=10,
    report_failures=True,
    sqs_queue_attributes={"VisibilityTimeout": "5400", "MessageRetentionPeriod": 86400},
    create=True,
    function=reports,
)
def count(event, context):
    return "count", event


@app.s3_event_handler(domovoi_tf.variable("archive_bucket"), CREATED, suffix=".pdf", use_sqs=True)
def read(event, context):
    return "read", event


@app.s3_event_handler("elsewhere", CREATED, "in/", manage_notification=False)
@app.s3_event_handler("elsewhere", CREATED, "too/", use_sns=False, manage_notification=False)
@app.s3_event_handler("elsewhere", CREATED, "queued/", use_sns=False, use_sqs=True, manage_notification=False)
def receive(event, context):
    return "receive", event


@app.s3_event_handler("shared", CREATED, "mine/", sns_topic="shared-events")
def mine(event, context):
    return "mine", event


@app.s3_event_handler("shared", CREATED, "ours/", sns_topic="shared-events")
def ours(event, context):
    return "ours", event


@app.s3_event_handler("uploads", CREATED, sns_topic=domovoi_tf.variable("uploads_topic_arn"), use_sqs=True)
def upload(event, context):
    return "upload", event


@app.s3_event_handler(
    "adopted",
    CREATED,
    use_sqs=True,
    topic_name="domovoi-s3-events-adopted",
    queue_name=domovoi_tf.scoped("domovoi-s3-events-adopted-bar", form="{name}-{stage}"),
)
def adopt(event, context):
    return "adopt", event


@app.s3_event_handler(
    "watched", ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"], "a", ".b", use_eventbridge=True
)
def watch(event, context):
    return "watch", event


@app.s3_event_handler(domovoi_tf.scoped("diary"), ["s3:ObjectCreated:Put"], create=True, use_eventbridge=True)
def remember(event, context):
    return "remember", event


def expected(event):
    return "catalogue", event


#: Fields that AWS documents and its example lacks.
MORE = {"Records/s3/object/sequencer"}
#: Fields of AWS's example that only some events have.
LESS = {"Records/s3/object/versionId"}
