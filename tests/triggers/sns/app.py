"""Every option of a subscription to a topic; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "sns-dev",
    "DOMOVOI_TF_VAR_complaints_topic_arn": "arn:aws:sns:us-east-2:123456789012:complaints",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.sns_topic_subscriber("bartender")
def tend(event, context):
    return "tend", event


@app.sns_topic_subscriber(
    domovoi_tf.scoped("orders"),
    filter_policy={
        "drink": ["negroni", {"prefix": '${no} $${no} %{no} "\\'}, {"anything-but": ["\n🍺\u2028\a"]}, None],
        "price": [{"numeric": [">=", 0, "<", 12.5]}],
        "for": {"guest name": [{"exists": True}]},
    },
    filter_policy_scope="MessageBody",
)
def take_order(event, context):
    return "take_order", event


@app.sns_topic_subscriber("loyalty", create=False, filter_policy={"level": ["gold"]}, function=reports)
def reward(event, context):
    return "reward", event


@app.sns_topic_subscriber(
    domovoi_tf.scoped("archive"),
    create=False,
    filter_policy={"level": ["gold"]},
    filter_policy_scope="MessageAttributes",
)
def archive(event, context):
    return "archive", event


@app.sns_topic_subscriber(domovoi_tf.variable("complaints_topic_arn"))
def apologise(event, context):
    return "apologise", event


@app.sns_topic_subscriber("1st-floor")
@app.sns_topic_subscriber("2nd-floor")
def lambda_floors(event, context):
    return "lambda_floors", event


@app.sns_topic_subscriber("bartender", function=reports)
def count(event, context):
    return "count", event


def expected(event):
    return "take_order", event


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"Records/Sns/MessageAttributes"}
