"""Measures ``terraform plan`` of a rendered app, compared with the same resources without modules.

Part of ``make bench``. Both are planned against the emulator in turn: the app with domovoi-tf and with plain
Terraform, the resources without modules with plain Terraform. First checks that both plans are the same.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.local import emulator, emulator_environment
from domovoi_tf.terraform import installation
from domovoi_tf.terraform import runner as terraform

#: A function has as many handlers as its resource-based policy can hold.
HANDLERS, RUNS, A_FUNCTION = 500, 5, 90
BIN = Path(sys.executable).parent
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
PERMISSION = """
resource "aws_lambda_permission" "h{n}" {{
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f{f}.function_name
  principal     = "{principal}"
  source_arn    = {source}
}}
"""
RULE = """
resource "aws_cloudwatch_event_rule" "h{n}" {{
  name = "bench-dev-h{n}"
  {when}
  tags = var.tags
}}

resource "aws_cloudwatch_event_target" "h{n}" {{
  rule = aws_cloudwatch_event_rule.h{n}.name
  arn  = aws_lambda_function.f{f}.arn

  input_transformer {{
    input_template = "{{\\"task_name\\": \\"h{n}\\", \\"event\\": <aws.events.event.json>}}"
  }}

  depends_on = [aws_lambda_permission.h{n}]
}}
"""
MAPPING = """
resource "aws_lambda_event_source_mapping" "h{n}" {{
  function_name    = aws_lambda_function.f{f}.arn
  event_source_arn = {source}
  batch_size       = 10
{more}}}
"""
START = '  starting_position = "TRIM_HORIZON"\n'
FLAT = {
    "schedule": (RULE, "events", "aws_cloudwatch_event_rule.h{n}.arn"),
    "event": (RULE, "events", "aws_cloudwatch_event_rule.h{n}.arn"),
    "sns": (
        """
resource "aws_sns_topic" "h{n}" {{
  name = "bench-{n}"
  tags = var.tags
}}

resource "aws_sns_topic_policy" "h{n}" {{
  arn = aws_sns_topic.h{n}.arn

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Sid       = "AllowAccount"
        Effect    = "Allow"
        Principal = {{ AWS = "*" }}
        Action = [
          "sns:AddPermission",
          "sns:DeleteTopic",
          "sns:GetTopicAttributes",
          "sns:ListSubscriptionsByTopic",
          "sns:Publish",
          "sns:RemovePermission",
          "sns:SetTopicAttributes",
          "sns:Subscribe",
        ]
        Resource  = aws_sns_topic.h{n}.arn
        Condition = {{ StringEquals = {{ "AWS:SourceOwner" = aws_sns_topic.h{n}.owner }} }}
      }},
      {{
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.h{n}.arn
        Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
      }},
    ]
  }})
}}

resource "aws_sns_topic_subscription" "h{n}" {{
  topic_arn = aws_sns_topic.h{n}.arn
  protocol  = "lambda"
  endpoint  = aws_lambda_function.f{f}.arn

  depends_on = [aws_lambda_permission.h{n}]
}}
""",
        "sns",
        "aws_sns_topic.h{n}.arn",
    ),
    "sqs": (
        """
resource "aws_sqs_queue" "h{n}" {{
  name                       = "bench-{n}"
  visibility_timeout_seconds = 360
  sqs_managed_sse_enabled    = true
  tags                       = var.tags
}}

resource "aws_sqs_queue_policy" "h{n}" {{
  queue_url = aws_sqs_queue.h{n}.url

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = aws_sqs_queue.h{n}.arn
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
    }}]
  }})
}}
""",
        "",
        "aws_sqs_queue.h{n}.arn",
    ),
    "s3": (
        """
resource "aws_s3_bucket_notification" "h{n}" {{
  bucket = "bench-{n}"

  lambda_function {{
    id                  = "h{n}"
    lambda_function_arn = aws_lambda_function.f{f}.arn
    events              = ["s3:ObjectCreated:*"]
  }}

  depends_on = [aws_lambda_permission.h{n}]
}}
""",
        "s3",
        '"arn:aws:s3:::bench-{n}"',
    ),
    "dynamodb": (
        """
data "aws_dynamodb_table" "h{n}" {{
  name = "bench-{n}"
}}
""",
        "",
        "data.aws_dynamodb_table.h{n}.stream_arn",
    ),
    "kinesis": (
        """
resource "aws_kinesis_stream" "h{n}" {{
  name            = "bench-{n}"
  encryption_type = "KMS"
  kms_key_id      = "alias/aws/kinesis"
  tags            = var.tags

  stream_mode_details {{
    stream_mode = "ON_DEMAND"
  }}
}}
""",
        "",
        "aws_kinesis_stream.h{n}.arn",
    ),
    "logs": (
        """
resource "aws_cloudwatch_log_group" "h{n}" {{
  name = "bench-{n}"
  tags = var.tags
}}

resource "aws_cloudwatch_log_subscription_filter" "h{n}" {{
  name            = "bench-dev-h{n}"
  log_group_name  = aws_cloudwatch_log_group.h{n}.name
  filter_pattern  = ""
  destination_arn = aws_lambda_function.f{f}.arn

  depends_on = [aws_lambda_permission.h{n}]
}}
""",
        "logs",
        '"${{aws_cloudwatch_log_group.h{n}.arn}}:*"',
    ),
}
#: The actions that the execution role needs for the pull sources.
ACTIONS = {
    "sqs": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    "dynamodb": [
        f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    ],
    "kinesis": [
        f"kinesis:{action}"
        for action in (
            "DescribeStream",
            "DescribeStreamSummary",
            "GetRecords",
            "GetShardIterator",
            "ListShards",
        )
    ],
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
FUNCTION = """
resource "aws_cloudwatch_log_group" "f{f}" {{
  name = "/aws/lambda/bench-dev{suffix}"
  tags = var.tags
}}

resource "aws_iam_role" "f{f}" {{
  name = "bench-dev{suffix}"
  tags = var.tags

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid       = "Lambda"
      Effect    = "Allow"
      Principal = {{ Service = "lambda.amazonaws.com" }}
      Action    = "sts:AssumeRole"
    }}]
  }})
}}

resource "aws_iam_role_policy" "f{f}_logs" {{
  name = "logs"
  role = aws_iam_role.f{f}.name

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${{aws_cloudwatch_log_group.f{f}.arn}}:*"]
    }}]
  }})
}}

resource "aws_lambda_function" "f{f}" {{
  function_name    = "bench-dev{suffix}"
  role             = aws_iam_role.f{f}.arn
  filename         = "${{path.module}}/package.zip"
  source_code_hash = filebase64sha256("${{path.module}}/package.zip")
  handler          = "app.app"
  runtime          = "python3.13"
  timeout          = 60
  tags             = var.tags

  # AWS refuses a mapping whose function's role may not read the source yet.
  depends_on = [{policies}]
}}
"""
POLICY = """
resource "aws_iam_role_policy" "f{f}_{kind}" {{
  name = "{kind}"
  role = aws_iam_role.f{f}.name

  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Sid = "{sid}", Effect = "Allow", Action = {actions}, Resource = [{sources}] }}]
  }})
}}
"""


OUTPUT = """
output "{name}" {{
  value = {{
{values}
  }}
}}
"""
#: The outputs of the app's module about its sources: kinds, and the attribute of each.
OUTPUTS = {
    "topic_arns": (("sns",), "aws_sns_topic.h{n}.arn"),
    "queue_arns": (("sqs",), "aws_sqs_queue.h{n}.arn"),
    "queue_urls": (("sqs",), "aws_sqs_queue.h{n}.url"),
    "rule_arns": (("schedule", "event"), "aws_cloudwatch_event_rule.h{n}.arn"),
    "rule_names": (("schedule", "event"), "aws_cloudwatch_event_rule.h{n}.name"),
    "mapping_uuids": (("sqs", "dynamodb", "kinesis"), "aws_lambda_event_source_mapping.h{n}.uuid"),
}


def list_handlers() -> list[tuple[int, str, int]]:
    """Returns the number, kind and function of each handler; function 0 is the default one."""
    return [(n, KINDS[n % len(KINDS)], n // A_FUNCTION) for n in range(HANDLERS)]


def write_app(folder: Path) -> Path:
    """Writes the app, renders and packages it, and returns a root that calls its module."""
    project = folder / "bench"
    (project / ".chalice").mkdir(parents=True)
    (project / ".chalice" / "config.json").write_text('{"app_name": "bench"}')
    lines = ["import domovoi_tf", "app = domovoi_tf.Domovoi()"]
    lines += [f'app.function("f{f}")' for f in range(1, list_handlers()[-1][2] + 1)]
    for n, kind, f in list_handlers():
        chosen = f', function="f{f}"' if f else ""
        lines += [f"@app.{DECORATORS[kind].format(n=n)}{chosen})", f"def h{n}(event, context): ..."]
    (project / "app.py").write_text("\n".join(lines) + "\n")
    for command in ("render", "package"):
        run(project, dict(os.environ), str(BIN / "domovoi-tf"), command)
    root = folder / "ours"
    root.mkdir()
    call = 'module "app" {\n  source = "../bench/terraform/app"\n\n  name = "bench-dev"\n}\n'
    (root / "main.tf").write_text(f"{HEAD}\n{call}")
    return root


def write_flat(folder: Path) -> Path:
    """Writes the same resources without modules."""
    root = folder / "flat"
    root.mkdir()
    parts = [HEAD]
    sources: dict[tuple[int, str], list[str]] = {}
    for n, kind, f in list_handlers():
        text, service, source = FLAT[kind]
        names: dict[str, Any] = {
            "n": n,
            "f": f,
            "source": source.format(n=n),
            "principal": f"{service}.amazonaws.com",
        }
        event = f'event_pattern = jsonencode({{ source = ["bench.{n}"] }})'
        names["when"] = event if kind == "event" else 'schedule_expression = "rate(5 minutes)"'
        parts.append(text.format(**names))
        if service:
            parts.append(PERMISSION.format(**names))
        else:
            parts.append(MAPPING.format(**names, more="" if kind == "sqs" else START))
            sources.setdefault((f, kind), []).append(names["source"])
    for f in range(list_handlers()[-1][2] + 1):
        concerns = ["logs", *(kind for of, kind in sources if of == f)]
        policies = ", ".join(f"aws_iam_role_policy.f{f}_{concern}" for concern in concerns)
        parts.append(FUNCTION.format(f=f, suffix=f"-f{f}" if f else "", policies=policies))
    for (f, kind), arns in sources.items():
        actions, listed = json.dumps(ACTIONS[kind]), ", ".join(arns)
        parts.append(POLICY.format(f=f, kind=kind, sid=kind.title(), actions=actions, sources=listed))
    for name, (kinds, attribute) in OUTPUTS.items():
        values = [f"    h{n} = {attribute.format(n=n)}" for n, kind, _ in list_handlers() if kind in kinds]
        parts.append(OUTPUT.format(name=name, values="\n".join(values)))
    (root / "main.tf").write_text("\n".join(parts))
    (root / "package.zip").write_bytes((folder / "bench" / "terraform" / "app" / "package.zip").read_bytes())
    return root


def run(root: Path, environment: dict[str, str], *command: str) -> str:
    """Runs a command in a root module and returns its output; exits with its errors if it fails."""
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed in {root}:\n{done.stderr}")
    return done.stdout


def count_planned(root: Path, program: str, environment: dict[str, str]) -> Counter[str]:
    """Initialises a root module and returns the number of planned resources of each type."""
    run(root, environment, program, "init", "-no-color")
    run(root, environment, program, "plan", "-no-color", "-out=plan")
    changes = json.loads(run(root, environment, program, "show", "-json", "plan"))["resource_changes"]
    return Counter(each["type"] for each in changes if each["mode"] == "managed")


def create_tables(found: emulator_environment.Emulator) -> None:
    """Creates the tables that the handlers refer to."""
    dynamodb = emulator_environment.create_client(found, "dynamodb")
    for n, kind, _ in list_handlers():
        if kind == "dynamodb":
            dynamodb.create_table(
                TableName=f"bench-{n}",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            )


class Figures(NamedTuple):
    """The median duration and the median CPU time of a plan, in seconds."""

    seconds: float
    cpu: float

    @classmethod
    def from_runs(cls, found: list[tuple[float, float]]) -> Figures:
        """Returns the medians of several runs."""
        return cls(*(statistics.median(column) for column in zip(*found, strict=True)))

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s (CPU {self.cpu:.1f} s)"


def measure(way: Callable[[], object]) -> tuple[float, float]:
    """Returns the duration of a call, and the CPU time of its child processes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    way()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def print_plans(work: Path) -> None:
    """Prints the duration of a plan, compared with resources without modules."""
    found = emulator.start()
    try:
        environment = {
            **os.environ,
            **installation.configure_providers(os.environ),
            **emulator_environment.build_environment(found),
            "CHECKPOINT_DISABLE": "1",
        }
        create_tables(found)
        binary = installation.find_binary(os.environ)
        program = str(binary.path)
        roots = [write_app(work), write_flat(work)]
        counts = [count_planned(root, program, environment) for root in roots]
        if counts[0] != counts[1]:
            sys.exit(f"the plans differ: {counts[0] - counts[1]} and {counts[1] - counts[0]}")
        runner = terraform.Terraform(roots[0], {**environment}, binary)
        ways: list[Callable[[], object]] = [
            lambda: runner.capture("plan", "-no-color"),
            lambda: run(roots[0], environment, program, "plan", "-no-color"),
            lambda: run(roots[1], environment, program, "plan", "-no-color"),
        ]
        figures: list[list[tuple[float, float]]] = [[] for _ in ways]
        for _ in range(RUNS):
            for way, results in zip(ways, figures, strict=True):
                results.append(measure(way))
        ours_by_us, ours_plain, flat_plain = (Figures.from_runs(results) for results in figures)
        print(
            f"terraform plan of {HANDLERS} handlers of {len(KINDS)} kinds, {counts[0].total()} resources: "
            f"by domovoi-tf {ours_by_us}, by plain Terraform {ours_plain}, flat {flat_plain}; "
            f"ratio {ours_by_us.seconds / flat_plain.seconds:.2f}, "
            f"plain to plain {ours_plain.seconds / flat_plain.seconds:.2f}"
        )
    finally:
        emulator.stop()
