"""The resources of each kind of source, written by hand without modules."""

from __future__ import annotations

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
