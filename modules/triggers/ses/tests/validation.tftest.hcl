mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev"
  }
  name          = "bar-dev-support"
  rule_set_name = "inbound"
}

run "function_by_name" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "bar-dev"
    }
  }

  expect_failures = [var.function]
}

run "name_that_is_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "name_with_a_slash" {
  command = plan

  variables {
    name = "bar/support"
  }

  expect_failures = [var.name]
}

run "name_that_ends_in_an_underscore" {
  command = plan

  variables {
    name = "bar-dev-support_"
  }

  expect_failures = [var.name]
}

run "name_that_is_too_long" {
  command = plan

  variables {
    name = join("", [for n in range(65) : "x"])
  }

  expect_failures = [var.name]
}

run "rule_set_with_a_dot" {
  command = plan

  variables {
    rule_set_name = "in.bound"
  }

  expect_failures = [var.rule_set_name]
}

run "rule_set_that_begins_with_a_hyphen" {
  command = plan

  variables {
    rule_set_name = "-inbound"
  }

  expect_failures = [var.rule_set_name]
}

run "rule_set_that_is_too_long" {
  command = plan

  variables {
    rule_set_name = join("", [for n in range(65) : "x"])
  }

  expect_failures = [var.rule_set_name]
}

run "recipients_of_none" {
  command = plan

  variables {
    recipients = []
  }

  expect_failures = [var.recipients]
}

run "recipients_too_many" {
  command = plan

  variables {
    recipients = [for n in range(501) : "user${n}@example.com"]
  }

  expect_failures = [var.recipients]
}

run "recipient_without_a_domain" {
  command = plan

  variables {
    recipients = ["user@"]
  }

  expect_failures = [var.recipients]
}

run "recipient_with_a_name" {
  command = plan

  variables {
    recipients = ["User <user@example.com>"]
  }

  expect_failures = [var.recipients]
}

run "recipient_that_is_a_top_level_domain" {
  command = plan

  variables {
    recipients = ["com"]
  }

  expect_failures = [var.recipients]
}

run "recipient_with_a_wildcard" {
  command = plan

  variables {
    recipients = ["*.example.com"]
  }

  expect_failures = [var.recipients]
}

run "after_with_a_colon" {
  command = plan

  variables {
    after = "receipt-rule:first"
  }

  expect_failures = [var.after]
}

run "tls_policy_misspelt" {
  command = plan

  variables {
    tls_policy = "Required"
  }

  expect_failures = [var.tls_policy]
}
