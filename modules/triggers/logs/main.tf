resource "aws_lambda_permission" "this" {
  # From the name of the source, which each plan knows, unlike its ARN: another source gets another ID. It is short,
  # because the statements of a function have at most 20 KB.
  statement_id = "logs-${replace(substr(var.filter.source_name, max(0, length(var.filter.source_name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(var.filter.source_name), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action = "lambda:InvokeFunction"

  # In China, Lambda rejects the name that CloudWatch Logs has elsewhere: "The provided principal was invalid". The
  # other services that invoke functions have one name in all partitions.
  principal = split(":", var.function.arn)[1] == "aws-cn" ? "logs.amazonaws.com.cn" : "logs.amazonaws.com"

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
