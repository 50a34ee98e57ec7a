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
