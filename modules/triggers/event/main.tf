resource "aws_cloudwatch_event_rule" "this" {
  name           = var.name
  description    = var.description
  event_bus_name = var.event_bus_name
  event_pattern  = var.event_pattern
  state          = var.enabled ? "ENABLED" : "DISABLED"
  tags           = var.tags
}

resource "aws_lambda_permission" "this" {
  statement_id_prefix = "event-"
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

  input_transformer {
    # jsonencode writes < and > as \u003c and \u003e, so that no part of a task name is a placeholder.
    input_template = "{\"task_name\": ${jsonencode(var.task_name)}, \"event\": <aws.events.event.json>}"
  }

  # An event that arrives before the permission would be lost.
  depends_on = [aws_lambda_permission.this]
}
