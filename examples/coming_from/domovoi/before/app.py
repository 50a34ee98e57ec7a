"""An app of Domovoi."""

import json

import boto3
import domovoi

app = domovoi.Domovoi()
brew = {"StartAt": "Mash", "States": {"Mash": {"Type": "Task", "Resource": None, "End": True}}}


@app.scheduled_function("rate(1 minute)")
def order(event, context):
    boto3.resource("sns").create_topic(Name="bartender").publish(Message=json.dumps({"beer": 1}))


@app.sns_topic_subscriber("bartender")
def tend(event, context):
    context.log(event["Records"][0]["Sns"]["Message"])


@app.s3_event_handler(bucket="pub-photos", events=["s3:ObjectCreated:*"], prefix="raw/")
def develop(event, context):
    context.log(event["Records"][0]["s3"]["object"]["key"])


@app.cloudwatch_logs_sub_filter_handler(log_group_name="/till", filter_pattern="ERROR")
def alarm(event, context):
    context.log(event["logEvents"][0]["message"])


@app.step_function_task(state_name="Mash", state_machine_definition=brew)
def mash(event, context):
    return {"malt": event["malt"] - 1}
