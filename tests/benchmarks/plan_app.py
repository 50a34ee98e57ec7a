"""Writes an app with handlers of eight kinds, and a root module that calls its module."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import DOMOVOI_TF, run
from domovoi_tf.local.emulator_environment import Emulator, create_client

KINDS = ("schedule", "event", "sns", "sqs", "s3", "dynamodb", "kinesis", "logs")
#: The arguments of each kind's decorator.
DECORATORS = {
    "schedule": 'scheduled_function("rate(5 minutes)"',
    "event": 'cloudwatch_event_handler(source=["bench.{n}"]',
    "sns": 'sns_topic_subscriber("bench-{n}"',
    "sqs": 'sqs_queue_subscriber("bench-{n}", batch_size=10',
    "s3": 's3_event_handler("bench-{n}", ["s3:ObjectCreated:*"], use_sns=False',
    "dynamodb": 'dynamodb_stream_handler("bench-{n}", batch_size=10',
    "kinesis": 'kinesis_stream_handler("bench-{n}", batch_size=10, create=True',
    "logs": 'cloudwatch_logs_sub_filter_handler("bench-{n}", "", create=True',
}
HEAD = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}

provider "aws" {}

variable "tags" {
  type    = map(string)
  default = {}
}
"""
#: A function has as many handlers as its resource-based policy can hold.
HANDLERS_OF_A_FUNCTION = 90


class Handler(NamedTuple):
    """A handler: its number, its kind, and the number of its function, of which 0 is the default one."""

    number: int
    kind: str
    function: int


def list_handlers(count: int, of_a_function: int = HANDLERS_OF_A_FUNCTION) -> list[Handler]:
    """Returns so many handlers, of all kinds in turn."""
    return [Handler(n, KINDS[n % len(KINDS)], n // of_a_function) for n in range(count)]


def write_app(folder: Path, handlers: Sequence[Handler]) -> Path:
    """Writes the app, renders and packages it, and returns a root that calls its module."""
    project = folder / "bench"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text('{"app_name": "bench"}')
    lines = ["import domovoi_tf", "app = domovoi_tf.Domovoi()"]
    lines += [f'app.function("f{f}")' for f in range(1, handlers[-1].function + 1)]
    for n, kind, f in handlers:
        chosen = f', function="f{f}"' if f else ""
        lines += [f"@app.{DECORATORS[kind].format(n=n)}{chosen})", f"def h{n}(event, context): ..."]
    (project / "app.py").write_text("\n".join(lines) + "\n")
    for command in ("render", "package"):
        run([DOMOVOI_TF, command], project)
    root = folder / "ours"
    root.mkdir()
    call = 'module "app" {\n  source = "../bench/terraform/app"\n\n  name = "bench-dev"\n}\n'
    (root / "main.tf").write_text(f"{HEAD}\n{call}")
    return root


def create_tables(found: Emulator, handlers: Sequence[Handler]) -> None:
    """Creates the tables that the handlers refer to, if they do not exist yet."""
    dynamodb = create_client(found, "dynamodb")
    for n, kind, _ in handlers:
        if kind == "dynamodb":
            with suppress(dynamodb.exceptions.ResourceInUseException):
                dynamodb.create_table(
                    TableName=f"bench-{n}",
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    BillingMode="PAY_PER_REQUEST",
                    StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
                )
