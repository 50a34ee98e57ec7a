mock_provider "aws" {}

variables {
  name       = "bar-dev"
  definition = "./tests/plain.asl.json"
}

run "name_with_a_dot" {
  command = plan

  variables {
    name = "bar.dev"
  }

  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan

  variables {
    name = format("%081d", 0)
  }

  expect_failures = [var.name]
}

run "type_in_lower_case" {
  command = plan

  variables {
    type = "express"
  }

  expect_failures = [var.type]
}

run "log_level_of_another_kind" {
  command = plan

  variables {
    log_level = "DEBUG"
  }

  expect_failures = [var.log_level]
}

run "retention_of_two_days" {
  command = plan

  variables {
    log_level             = "ALL"
    log_retention_in_days = 2
  }

  expect_failures = [var.log_retention_in_days]
}

run "concern_that_is_no_name" {
  command = plan

  variables {
    statements = { "a b" = [{ actions = ["sns:Publish"], resources = ["arn:aws:sns:us-east-1:123456789012:t"] }] }
  }

  expect_failures = [var.statements]
}

run "concern_that_is_taken" {
  command = plan

  variables {
    statements = { lambda = [{ actions = ["sns:Publish"], resources = ["arn:aws:sns:us-east-1:123456789012:t"] }] }
  }

  expect_failures = [var.statements]
}

run "statement_without_actions" {
  command = plan

  variables {
    statements = { sns = [{ actions = [], resources = ["arn:aws:sns:us-east-1:123456789012:t"] }] }
  }

  expect_failures = [var.statements]
}

run "statement_on_everything" {
  command = plan

  variables {
    statements = { sns = [{ actions = ["sns:Publish"], resources = ["*"] }] }
  }

  expect_failures = [var.statements]
}

run "policy_of_a_name_that_is_taken" {
  command = plan

  variables {
    policies = { logs = "{}" }
  }

  expect_failures = [var.policies]
}

run "policy_that_is_no_name" {
  command = plan

  variables {
    policies = { "a b" = "{}" }
  }

  expect_failures = [var.policies]
}

run "policy_that_is_no_document" {
  command = plan

  variables {
    policies = { user = "[]" }
  }

  expect_failures = [var.policies]
}

run "too_many_tags" {
  command = plan

  variables {
    tags = { for i in range(51) : "tag${i}" => "" }
  }

  expect_failures = [var.tags]
}
