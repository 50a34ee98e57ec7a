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

run "rule_set_with_a_dot" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "in.bound"
    }
  }

  expect_failures = [var.rule]
}

run "rule_set_that_begins_with_a_hyphen" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "-inbound"
    }
  }

  expect_failures = [var.rule]
}

run "rule_set_that_is_too_long" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = join("", [for n in range(65) : "x"])
    }
  }

  expect_failures = [var.rule]
}

run "recipient_without_a_domain" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      recipients    = ["user@"]
    }
  }

  expect_failures = [var.rule]
}

run "recipient_with_a_name" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      recipients    = ["User <user@example.com>"]
    }
  }

  expect_failures = [var.rule]
}

run "recipient_that_is_a_top_level_domain" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      recipients    = ["com"]
    }
  }

  expect_failures = [var.rule]
}

run "recipient_with_a_wildcard" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      recipients    = ["*.example.com"]
    }
  }

  expect_failures = [var.rule]
}

run "after_with_a_colon" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-support"
      rule_set_name = "inbound"
      after         = "receipt-rule:first"
    }
  }

  expect_failures = [var.rule]
}
