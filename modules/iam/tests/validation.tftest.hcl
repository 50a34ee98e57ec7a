mock_provider "aws" {}

variables {
  name          = "bar-dev"
  log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
}

run "name_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan

  variables {
    name = join("", [for i in range(65) : "n"])
  }

  expect_failures = [var.name]
}

run "name_with_a_slash" {
  command = plan

  variables {
    name = "bar/dev"
  }

  expect_failures = [var.name]
}

run "log_group_arn_with_a_wildcard" {
  command = plan

  variables {
    log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev:*"
  }

  expect_failures = [var.log_group_arn]
}

run "concern_with_a_space" {
  command = plan

  variables {
    statements = { "my queue" = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.statements]
}

run "concern_logs" {
  command = plan

  variables {
    statements = { logs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.statements]
}

run "concern_without_statements" {
  command = plan

  variables {
    statements = { sqs = [] }
  }

  expect_failures = [var.statements]
}

run "statement_without_actions" {
  command = plan

  variables {
    statements = { sqs = [{ actions = [], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.statements]
}

run "statement_without_resources" {
  command = plan

  variables {
    statements = { sqs = [{ actions = ["sqs:SendMessage"], resources = [] }] }
  }

  expect_failures = [var.statements]
}

run "statement_on_all_resources" {
  command = plan

  variables {
    statements = { sqs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }, { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders", "*"] }] }
  }

  expect_failures = [var.statements]
}

run "mapping_concern_with_a_space" {
  command = plan

  variables {
    mapping_statements = { "my queue" = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_concern_logs" {
  command = plan

  variables {
    mapping_statements = { logs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_concern_without_statements" {
  command = plan

  variables {
    mapping_statements = { sqs = [] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_statement_without_actions" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = [], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_statement_without_resources" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = [] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_statement_on_all_resources" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders", "*"] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_concern_of_the_function" {
  command = plan

  variables {
    statements         = { sqs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.mapping_statements]
}

run "mapping_concern_that_is_a_policy" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    policies           = { sqs = "{}" }
  }

  expect_failures = [var.mapping_statements]
}

run "policy_with_a_space" {
  command = plan

  variables {
    policies = { "my policy" = jsonencode({}) }
  }

  expect_failures = [var.policies]
}

run "policy_logs" {
  command = plan

  variables {
    policies = { logs = jsonencode({}) }
  }

  expect_failures = [var.policies]
}

run "policy_with_the_name_of_a_concern" {
  command = plan

  variables {
    policies   = { sqs = jsonencode({}) }
    statements = { sqs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.policies]
}

run "policy_that_is_not_json" {
  command = plan

  variables {
    policies = { user = "Allow everything" }
  }

  expect_failures = [var.policies]
}

run "policy_that_is_not_an_object" {
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

run "tag_with_a_reserved_key" {
  command = plan

  variables {
    tags = { "aws:stage" = "dev" }
  }

  expect_failures = [var.tags]
}

run "tag_value_too_long" {
  command = plan

  variables {
    tags = { stage = join("", [for i in range(257) : "v"]) }
  }

  expect_failures = [var.tags]
}

run "network_interfaces_and_more_on_all_resources" {
  command = plan

  variables {
    statements = { vpc = [{ actions = ["ec2:CreateNetworkInterface", "ec2:RunInstances"], resources = ["*"] }] }
  }

  expect_failures = [var.statements]
}

run "role_by_its_name" {
  command = plan

  variables {
    role = { arn = "shared" }
  }

  expect_failures = [var.role]
}

run "boundary_by_its_name" {
  command = plan

  variables {
    permissions_boundary = "bounds"
  }

  expect_failures = [var.permissions_boundary]
}

run "policy_name_with_a_space" {
  command = plan

  variables {
    policy_names = { logs = "the logs" }
  }

  expect_failures = [var.policy_names]
}

run "policy_name_of_another_policy" {
  command = plan

  variables {
    policies     = { user = "{}" }
    policy_names = { user = "logs" }
  }

  expect_failures = [var.policy_names]
}

run "policy_name_of_a_mapping" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    policy_names       = { logs = "sqs" }
  }

  expect_failures = [var.mapping_statements]
}
