"""An app to look at after it was deployed: handlers that share a function, fail, and do a machine's tasks."""

import logging
import os

import domovoi_tf

app = domovoi_tf.Domovoi()
app.function("cellar")

machine = {
    "StartAt": "Brew",
    "States": {
        "Brew": {"Type": "Task", "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Taste", "States": {"Taste": {"Type": "Task", "End": True}}},
                {"StartAt": "Label", "States": {"Label": {"Type": "Pass", "End": True}}},
            ],
            "ResultPath": "$.both",
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.bottles",
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Task", "End": True}}},
            "End": True,
        },
    },
}


@app.sns_topic_subscriber("observed")
def tend(event, context):
    context.log(f"serving {event['Records'][0]['Sns']['Message']}")
    return {"function": context.function_name}


@app.sns_topic_subscriber("spilled")
def spill(event, context):
    logging.getLogger().warning("the glass falls")
    if event["Records"][0]["Sns"]["Message"] != "mended":
        raise ValueError("it is spilt")
    return "mended"


@app.scheduled_function("rate(1 day)", function="cellar")
def count(event, context):
    print("counting", os.environ["AWS_REGION"])


@app.step_function_task("Brew", machine)
def brew(event, context):
    if event.get("malt") == 0:
        raise RuntimeError("no malt")
    return {**event, "bottles": [1, 2, 3]}


@app.step_function_task("Taste", machine)
def taste(event, context):
    return "good"


@app.step_function_task("Fill", machine)
def fill(event, context):
    return event
