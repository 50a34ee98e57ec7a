locals {
  # jsonencode writes < and > as \u003c and \u003e, so that no part of a task name is a placeholder.
  input_template = "{\"task_name\": ${jsonencode(var.task_name)}, \"event\": <aws.events.event.json>}"
}

resource "aws_cloudwatch_event_rule" "this" {
  name                = var.name
  description         = var.description
  event_bus_name      = var.event_bus_name
  event_pattern       = var.event_pattern
  schedule_expression = var.schedule_expression
  state               = var.enabled ? "ENABLED" : "DISABLED"
  tags                = var.tags
}

resource "aws_lambda_permission" "this" {
  statement_id_prefix = "rule-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "events.amazonaws.com"
  source_arn          = aws_cloudwatch_event_rule.this.arn
}

resource "aws_cloudwatch_event_target" "this" {
  rule           = aws_cloudwatch_event_rule.this.name
  event_bus_name = var.event_bus_name
  target_id      = "function"
  arn            = var.function.arn
  input          = var.input == null ? null : jsonencode({ task_name = var.task_name, event = jsondecode(var.input) })

  dynamic "input_transformer" {
    for_each = var.input == null ? [local.input_template] : []

    content {
      input_template = input_transformer.value
    }
  }

  # An event that arrives before the permission would be lost.
  depends_on = [aws_lambda_permission.this]
}
