resource "aws_lambda_permission" "this" {
  # From the name of the source, which each plan knows, unlike its ARN: another source gets another ID. It is short,
  # because the statements of a function have at most 20 KB.
  statement_id = "sns-${replace(substr(var.subscription.source_name, max(0, length(var.subscription.source_name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(var.subscription.source_name), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action     = "lambda:InvokeFunction"
  principal  = "sns.amazonaws.com"
  source_arn = var.subscription.topic_arn
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn           = var.subscription.topic_arn
  protocol            = "lambda"
  endpoint            = var.function.arn
  filter_policy       = var.subscription.filter_policy
  filter_policy_scope = var.subscription.filter_policy_scope

  # A message that arrives before the permission exists is lost.
  depends_on = [aws_lambda_permission.this]
}
