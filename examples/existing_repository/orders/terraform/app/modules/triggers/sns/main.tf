locals {
  # The name of the source, which each plan knows, unlike its ARN.
  source = var.subscription.source_name
}

resource "aws_lambda_permission" "this" {
  # The same in every plan, and another one for another source. It is short, because the statements of a function have
  # at most 20 KB.
  statement_id = "sns-${replace(substr(local.source, max(0, length(local.source) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(local.source), 0, 8)}"

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
