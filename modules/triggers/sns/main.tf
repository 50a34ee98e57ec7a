resource "aws_lambda_permission" "this" {
  statement_id_prefix = "sns-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "sns.amazonaws.com"
  source_arn          = var.subscription.topic_arn
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn     = var.subscription.topic_arn
  protocol      = "lambda"
  endpoint      = var.function.arn
  filter_policy = var.subscription.filter_policy

  # Set even to the default of SNS: without it, the provider keeps the present scope. Only a policy can have one.
  filter_policy_scope = var.subscription.filter_policy == null ? null : coalesce(var.subscription.filter_policy_scope, "MessageAttributes")

  # A message that arrives before the permission exists is lost.
  depends_on = [aws_lambda_permission.this]
}
