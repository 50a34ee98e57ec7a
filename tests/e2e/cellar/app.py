"""An app of two functions; every handler logs a line of JSON that the tests wait for."""

import json
import os

import domovoi_tf
from domovoi_tf import scoped

app = domovoi_tf.Domovoi()
app.function("reports", memory_size=256, timeout=20)


def say(context, handler, **what):
    context.log(json.dumps({"handler": handler, "function": context.function_name, **what}))


@app.scheduled_function("rate(1 minute)", function="reports")
def tick(event, context):
    say(context, "tick", event=event)


@app.scheduled_function("rate(1 day)", "cellar-tock-rule", input={"text": '${x} %{y} <b> "q" \\ \n 🍺'})
def tock(event, context):
    say(context, "tock", event=event)


@app.scheduled_function("at(2026-01-01T00:00:00)", timezone="Europe/Vienna")
def once(event, context):
    say(context, "once", event=event)


@app.scheduled_function(
    "rate(1 minute)",
    timezone="UTC",
    rule_name="cellar_report.1",
    input={"text": '<aws.scheduler.schedule-arn> ${x} "q" \\ \n 🍺'},
    description="Reports.",
    function="reports",
)
def report(event, context):
    say(context, "report", event=event)


@app.scheduled_function("rate(1 minute)", timezone="Europe/Vienna")
def minute(event, context):
    say(context, "minute", event=event)


@app.scheduled_function("at(2026-01-01T00:00:00)", enabled=False)
def never(event, context):
    say(context, "never", event=event)


@app.sns_topic_subscriber(scoped("barrels"))
def barrel(event, context):
    message = event["Records"][0]["Sns"]["Message"]
    say(context, "barrel", message=message, topic=str(scoped("barrels")), secret=os.environ["HOSTILE"])
    with open("domovoilib/label.txt") as label:
        say(context, "barrel", label=label.read())


@app.sns_topic_subscriber(
    "cellar-filtered", filter_policy={"kind": ["wine"]}, filter_policy_scope="MessageBody"
)
def filtered(event, context):
    say(context, "filtered", message=event["Records"][0]["Sns"]["Message"])


@app.sns_topic_subscriber("cellar-elsewhere", create=False, function="reports")
def elsewhere(event, context):
    say(context, "elsewhere", message=event["Records"][0]["Sns"]["Message"])
