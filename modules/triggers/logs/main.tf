resource "aws_lambda_permission" "this" {
  statement_id_prefix = "logs-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "logs.amazonaws.com"

  # AWS uses both forms of the ARN, with and without the suffix for the group's streams.
  source_arn = "${trimsuffix(var.filter.log_group_arn, ":*")}:*"
}

resource "aws_cloudwatch_log_subscription_filter" "this" {
  name            = var.filter.name
  log_group_name  = split(":log-group:", trimsuffix(var.filter.log_group_arn, ":*"))[1]
  filter_pattern  = var.filter.pattern
  destination_arn = var.function.arn

  # CloudWatch Logs sends a test message when the filter is created, and rejects the filter without the permission.
  depends_on = [aws_lambda_permission.this]
}
