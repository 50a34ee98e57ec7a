"""Tests an app whose sources belong to the Terraform repository that calls it as a module.

One apply creates everything, so that no name or ARN is known when Terraform plans.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform import installation

from .conftest import AwaitLine, CommandLine, apply, write_project

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/guest"
APP = """
import json
import domovoi_tf
from domovoi_tf import variable

app = domovoi_tf.Domovoi()
greeting = app.variable("greeting", default=GREETING)
shelf = app.variable("shelf", default="top")
note = app.variable("note", default="")
CREATED = ["s3:ObjectCreated:*"]

def say(context, handler, what):
    context.log(json.dumps({"handler": handler, "what": what}))

@app.sns_topic_subscriber(variable("topic_arn"))
def topic(event, context):
    say(context, "topic", event["Records"][0]["Sns"]["Message"])

@app.sqs_queue_subscriber(variable("queue_arn"), batch_size=1)
def queue(event, context):
    say(context, "queue", event["Records"][0]["body"])

@app.s3_event_handler(variable("bucket"), CREATED, "direct/", use_sns=False)
def direct(event, context):
    say(context, "direct", event["Records"][0]["s3"]["object"]["key"])

@app.s3_event_handler(variable("bucket"), CREATED, "through/", use_sqs=True)
def through(event, context):
    say(context, "through", event["Records"][0]["s3"]["object"]["key"])

@app.s3_event_handler(variable("shared_bucket"), CREATED, "mine/", sns_topic=variable("shared_topic_arn"))
def shared(event, context):
    say(context, "shared", event["Records"][0]["s3"]["object"]["key"])

@app.dynamodb_stream_handler(variable("table_stream_arn"), batch_size=1, on_failure=variable("failures_arn"))
def table(event, context):
    say(context, "table", event["Records"][0]["dynamodb"]["Keys"]["id"]["S"])

@app.kinesis_stream_handler(variable("stream_arn"), batch_size=1)
def stream(event, context):
    say(context, "stream", event["Records"][0]["kinesis"]["partitionKey"])

@app.cloudwatch_logs_sub_filter_handler(variable("log_group_arn"), "")
def logs(event, context):
    say(context, "logs", event["logEvents"][0]["message"])

@app.cloudwatch_event_handler(event_bus_name=variable("bus"), source=["guest"])
def bus(event, context):
    say(context, "bus", [event["detail"], str(variable("bus")), str(greeting), str(shelf), str(note)])
"""
#: A default that has everything that Terraform could take for something else.
GREETING = '${var.name} %{ if true } $${a} %%{b} "`\\\\n\\n<<EOT é'
HOST = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}

provider "aws" {}

resource "aws_sns_topic" "orders" {
  name_prefix = "host-"
}

resource "aws_sqs_queue" "orders" {
  name_prefix                = "host-"
  visibility_timeout_seconds = 60
}

resource "aws_sqs_queue" "failures" {
  name_prefix = "host-failures-"
}

resource "aws_s3_bucket" "orders" {
  bucket_prefix = "host-"
  force_destroy = true
}

resource "aws_s3_bucket" "shared" {
  bucket_prefix = "host-shared-"
  force_destroy = true
}

resource "aws_sns_topic" "shared" {
  name_prefix = "host-shared-"
}

resource "aws_sns_topic_policy" "shared" {
  arn = aws_sns_topic.shared.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.shared.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_s3_bucket.shared.arn } }
    }]
  })
}

resource "aws_s3_bucket_notification" "shared" {
  bucket = aws_s3_bucket.shared.id

  topic {
    topic_arn = aws_sns_topic_policy.shared.arn
    events    = ["s3:ObjectCreated:*"]
  }
}

resource "aws_dynamodb_table" "orders" {
  name             = "host-orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_kinesis_stream" "orders" {
  name        = "host-orders"
  shard_count = 1
}

resource "aws_cloudwatch_log_group" "orders" {
  name_prefix = "host-"
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "host-orders"
}

module "guest" {
  source = "./app"

  name             = "guest"
  settings         = { timeout = 10 }
  topic_arn        = aws_sns_topic.orders.arn
  queue_arn        = aws_sqs_queue.orders.arn
  bucket           = aws_s3_bucket.orders.id
  shared_bucket    = aws_s3_bucket.shared.id
  shared_topic_arn = aws_sns_topic.shared.arn
  table_stream_arn = aws_dynamodb_table.orders.stream_arn
  failures_arn     = aws_sqs_queue.failures.arn
  stream_arn       = aws_kinesis_stream.orders.arn
  log_group_arn    = aws_cloudwatch_log_group.orders.arn
  bus              = aws_cloudwatch_event_bus.orders.name
  shelf            = "bottom"
}

output "sources" {
  value = {
    topic         = aws_sns_topic.orders.arn
    queue         = aws_sqs_queue.orders.url
    bucket        = aws_s3_bucket.orders.id
    shared_bucket = aws_s3_bucket.shared.id
    log_group     = aws_cloudwatch_log_group.orders.name
  }
}
"""


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> tftest.TerraformTest:
    """The repository, which has a copy of the app's module, applied."""
    project = write_project(
        tmp_path_factory.mktemp("guest"), {"app_name": "guest"}, APP.replace("GREETING", repr(GREETING))
    )
    root = tmp_path_factory.mktemp("host")
    for command in ("render", "package"):
        done = command_line(command, cwd=project)
        assert done.code == 0, done
    shutil.copytree(project / "terraform" / "app", root / "app")
    (root / "main.tf").write_text(HOST)
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    apply(runner)
    return runner


@pytest.fixture(scope="module")
def sources(host: tftest.TerraformTest) -> dict[str, str]:
    """The names, ARNs and URLs of the sources."""
    outputs: dict[str, str] = host.output()["sources"]
    return outputs


Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(emulator: emulator_environment.Emulator) -> Client:
    return lambda service: emulator_environment.create_client(emulator, service)


def fire(client: Client, sources: dict[str, str], handler: str) -> None:
    """Makes the source of a handler emit an event with the text ``hello``."""
    if handler == "topic":
        client("sns").publish(TopicArn=sources["topic"], Message="hello")
    elif handler == "queue":
        client("sqs").send_message(QueueUrl=sources["queue"], MessageBody="hello")
    elif handler in ("direct", "through"):
        client("s3").put_object(Bucket=sources["bucket"], Key=f"{handler}/hello")
    elif handler == "shared":
        client("s3").put_object(Bucket=sources["shared_bucket"], Key="mine/hello")
    elif handler == "table":
        client("dynamodb").put_item(TableName="host-orders", Item={"id": {"S": "hello"}})
    elif handler == "stream":
        client("kinesis").put_record(StreamName="host-orders", PartitionKey="hello", Data=b"x")
    elif handler == "logs":
        stream = {"logGroupName": sources["log_group"], "logStreamName": "hello"}
        client("logs").create_log_stream(**stream)
        client("logs").put_log_events(**stream, logEvents=[{"timestamp": 1, "message": "hello"}])
    else:
        entry = {"Source": "guest", "DetailType": "x", "Detail": '"hello"', "EventBusName": "host-orders"}
        client("events").put_events(Entries=[entry])


@pytest.mark.parametrize(
    ("handler", "what"),
    [
        ("topic", "hello"),
        ("queue", "hello"),
        ("direct", "direct/hello"),
        ("through", "through/hello"),
        ("shared", "mine/hello"),
        ("table", "hello"),
        ("stream", "hello"),
        ("logs", "hello"),
        ("bus", ["hello", "host-orders", GREETING, "bottom", ""]),
    ],
)
def test_source_of_the_repository_reaches_its_handler(
    handler: str, what: object, sources: dict[str, str], client: Client, await_line: AwaitLine
) -> None:
    fire(client, sources, handler)
    await_line(GROUP, handler, lambda line: line["what"] == what)


def test_second_plan_is_empty(host: tftest.TerraformTest) -> None:
    plan = host.plan(output=True)
    changes = [name for name, each in plan.resource_changes.items() if each["change"]["actions"] != ["no-op"]]
    assert changes == []
