mock_provider "aws" {}

variables {
  name       = "bar-dev"
  arn        = "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev"
  definition = "./tests/plain.asl.json"
}

run "log_level_unknown" {
  command = plan

  variables {
    log_level = "DEBUG"
  }

  expect_failures = [var.log_level]
}

run "kms_key_of_the_logs_by_its_alias" {
  command = plan

  variables {
    log_level         = "ALL"
    log_group_kms_key = { arn = "arn:aws:kms:us-east-1:123456789012:alias/bar" }
  }

  expect_failures = [var.log_group_kms_key]
}

run "policy_with_a_reserved_name" {
  command = plan

  variables {
    policies = { logs = "{}" }
  }

  expect_failures = [var.policies]
}

run "arn_of_another_name" {
  command = plan

  variables {
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:bar-prod"
  }

  expect_failures = [var.arn]
}

run "arn_of_an_execution" {
  command = plan

  variables {
    arn = "arn:aws:states:us-east-1:123456789012:execution:bar-dev"
  }

  expect_failures = [var.arn]
}

run "role_that_is_a_name" {
  command = plan

  variables {
    role = { arn = "machines" }
  }

  expect_failures = [var.role]
}

run "permissions_boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:role/Bounds"
  }

  expect_failures = [var.permissions_boundary]
}

run "role_path_without_a_slash_at_its_end" {
  command = plan

  variables {
    role_path = "/apps"
  }

  expect_failures = [var.role_path]
}

run "role_path_too_long" {
  command = plan

  variables {
    role_path = "/${format("%0511d", 0)}/"
  }

  expect_failures = [var.role_path]
}

run "role_name_prefix_with_a_slash" {
  command = plan

  variables {
    role_name_prefix = "apps/"
  }

  expect_failures = [var.role_name_prefix]
}

run "role_name_prefix_too_long" {
  command = plan

  variables {
    role_name_prefix = format("%049d", 0)
  }

  expect_failures = [var.role_name_prefix]
}

run "statement_on_all_resources" {
  command = plan

  variables {
    statements = { sns = [{ actions = ["sns:Publish"], resources = ["*"] }] }
  }

  expect_failures = [var.statements]
}
