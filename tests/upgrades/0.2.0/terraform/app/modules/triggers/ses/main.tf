locals {
  # The name of the source, which each plan knows, unlike its ARN.
  source = "${var.rule.rule_set_name}/${var.rule.name}"

  # arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME. SES only invokes functions in its own Region.
  function_arn = split(":", var.function.arn)

  # Not the attribute of the rule, because the permission is created first.
  rule_arn = join(":", [
    "arn", local.function_arn[1], "ses", local.function_arn[3], local.function_arn[4],
    "receipt-rule-set/${var.rule.rule_set_name}", "receipt-rule/${var.rule.name}",
  ])
}

resource "aws_lambda_permission" "this" {
  # The same in every plan, and another one for another source. It is short, because the statements of a function have
  # at most 20 KB.
  statement_id = "ses-${replace(substr(var.rule.name, max(0, length(var.rule.name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(local.source), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action         = "lambda:InvokeFunction"
  principal      = "ses.amazonaws.com"
  source_account = local.function_arn[4]
  source_arn     = local.rule_arn
}

resource "aws_ses_receipt_rule" "this" {
  name          = var.rule.name
  rule_set_name = var.rule.rule_set_name
  after         = var.rule.after
  enabled       = true
  scan_enabled  = var.rule.scan_enabled
  tls_policy    = var.rule.tls_policy

  # SES stores recipients in lowercase: others would be a change in every plan.
  recipients = var.rule.recipients == null ? null : [for recipient in var.rule.recipients : lower(recipient)]

  lambda_action {
    position        = 1
    function_arn    = var.function.arn
    invocation_type = "Event"
  }

  # SES checks that it can invoke the function when the rule is created, and rejects the rule otherwise.
  depends_on = [aws_lambda_permission.this]
}
