resource "aws_cloudwatch_event_rule" "this" {
  name                = var.rule.name
  description         = var.rule.description
  event_bus_name      = var.rule.event_bus_name
  event_pattern       = var.rule.event_pattern
  schedule_expression = var.rule.schedule_expression
  state               = var.rule.enabled ? "ENABLED" : "DISABLED"
  tags                = var.rule.tags
}

resource "aws_lambda_permission" "this" {
  # From the name of the source, which each plan knows, unlike its ARN: another source gets another ID. It is short,
  # because the statements of a function have at most 20 KB.
  statement_id = "rule-${replace(substr(var.rule.name, max(0, length(var.rule.name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256("${var.rule.event_bus_name}/${var.rule.name}"), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action     = "lambda:InvokeFunction"
  principal  = "events.amazonaws.com"
  source_arn = aws_cloudwatch_event_rule.this.arn
}

resource "aws_cloudwatch_event_target" "this" {
  rule           = aws_cloudwatch_event_rule.this.name
  event_bus_name = var.rule.event_bus_name
  target_id      = var.rule.target_id
  arn            = var.function.arn

  input = var.rule.input == null ? null : jsonencode({
    task_name = var.rule.task_name
    event     = jsondecode(var.rule.input)
  })

  dynamic "input_transformer" {
    for_each = var.rule.input == null ? ["this"] : []

    content {
      # jsonencode writes < and > as \u003c and \u003e, so no part of a task name can be a placeholder.
      input_template = "{\"task_name\": ${jsonencode(var.rule.task_name)}, \"event\": <aws.events.event.json>}"
    }
  }

  # An event that arrives before the permission exists is lost.
  depends_on = [aws_lambda_permission.this]
}
