mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev"
  }
  rule = {
    name          = "bar-dev-support"
    rule_set_name = "inbound"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "ses-bar-dev-support-34238fe3"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "ses.amazonaws.com" && aws_lambda_permission.this.source_account == "123456789012"
    error_message = "The permission is for SES, on behalf of the function's account."
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws:ses:eu-west-1:123456789012:receipt-rule-set/inbound:receipt-rule/bar-dev-support"
    error_message = "The permission is for this rule only."
  }

  assert {
    condition     = aws_ses_receipt_rule.this.name == "bar-dev-support" && aws_ses_receipt_rule.this.rule_set_name == "inbound"
    error_message = "The rule belongs to the rule set."
  }

  assert {
    condition     = aws_ses_receipt_rule.this.enabled && aws_ses_receipt_rule.this.scan_enabled && aws_ses_receipt_rule.this.tls_policy == "Optional"
    error_message = "The rule is enabled, and mail is scanned and accepted over any connection."
  }

  assert {
    condition     = aws_ses_receipt_rule.this.recipients == null && aws_ses_receipt_rule.this.after == null
    error_message = "The rule is the first, for all recipients."
  }

  assert {
    condition     = one(aws_ses_receipt_rule.this.lambda_action).function_arn == "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev"
    error_message = "The permission is for the function."
  }

  assert {
    condition     = one(aws_ses_receipt_rule.this.lambda_action).invocation_type == "Event" && one(aws_ses_receipt_rule.this.lambda_action).position == 1
    error_message = "The mail does not wait for the function."
  }

  assert {
    condition     = output.rule_name == "bar-dev-support"
    error_message = "Another rule can follow this one."
  }
}

run "everything" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      recipients    = ["Support@Example.com", ".example.org", "example.net"]
      after         = "first.rule"
      scan_enabled  = false
      tls_policy    = "Require"
    }
  }

  assert {
    condition     = aws_ses_receipt_rule.this.recipients == toset(["support@example.com", ".example.org", "example.net"])
    error_message = "The recipients are passed on in lowercase."
  }

  assert {
    condition     = aws_ses_receipt_rule.this.after == "first.rule"
    error_message = "The rule follows another."
  }

  assert {
    condition     = !aws_ses_receipt_rule.this.scan_enabled && aws_ses_receipt_rule.this.tls_policy == "Require"
    error_message = "The TLS policy is passed on."
  }
}

run "function_of_another_partition" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-us-gov:lambda:us-gov-west-1:210987654321:function:bar-dev"
    }
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws-us-gov:ses:us-gov-west-1:210987654321:receipt-rule-set/inbound:receipt-rule/bar-dev-support"
    error_message = "The rule is in the partition, the Region and the account of the function."
  }

  assert {
    condition     = aws_lambda_permission.this.source_account == "210987654321"
    error_message = "The account is the function's."
  }
}
