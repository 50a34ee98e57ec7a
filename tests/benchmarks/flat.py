"""Writes the same resources as the app's modules, with the same policies and outputs, in one flat file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.flat_sources import ACTIONS, FLAT, MAPPING, PERMISSION, START
from benchmarks.plan_app import HEAD, Handler

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


def write_flat(folder: Path, handlers: Sequence[Handler]) -> Path:
    """Writes the resources of the app in a folder without modules, and returns their root."""
    root = folder / "flat"
    root.mkdir()
    parts = [HEAD]
    sources: dict[tuple[int, str], list[str]] = {}
    for n, kind, f in handlers:
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
    for f in range(handlers[-1].function + 1):
        concerns = ["logs", *(kind for of, kind in sources if of == f)]
        policies = ", ".join(f"aws_iam_role_policy.f{f}_{concern}" for concern in concerns)
        parts.append(FUNCTION.format(f=f, suffix=f"-f{f}" if f else "", policies=policies))
    for (f, kind), arns in sources.items():
        actions, listed = json.dumps(ACTIONS[kind]), ", ".join(arns)
        parts.append(POLICY.format(f=f, kind=kind, sid=kind.title(), actions=actions, sources=listed))
    for name, (kinds, attribute) in OUTPUTS.items():
        values = [f"    h{n} = {attribute.format(n=n)}" for n, kind, _ in handlers if kind in kinds]
        parts.append(OUTPUT.format(name=name, values="\n".join(values)))
    (root / "main.tf").write_text("\n".join(parts))
    (root / "package.zip").write_bytes((folder / "bench" / "terraform" / "app" / "package.zip").read_bytes())
    return root
