mock_provider "aws" {}

variables {
  name          = "bar-dev"
  log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
}

run "concern_logs" {
  command = plan

  variables {
    statements = { logs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
  }

  expect_failures = [var.role]
}

run "mapping_concern_logs" {
  command = plan

  variables {
    mapping_statements = { logs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
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
    role = {
      policies = { sqs = "{}" }
    }
  }

  expect_failures = [var.mapping_statements]
}

run "policy_logs" {
  command = plan

  variables {
    role = {
      policies = { logs = jsonencode({}) }
    }
  }

  expect_failures = [var.role]
}

run "policy_with_the_name_of_a_concern" {
  command = plan

  variables {
    statements = { sqs = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    role = {
      policies = { sqs = jsonencode({}) }
    }
  }

  expect_failures = [var.role]
}

run "policy_name_of_another_policy" {
  command = plan

  variables {
    role = {
      policies     = { user = "{}" }
      policy_names = { user = "logs" }
    }
  }

  expect_failures = [var.role]
}

run "policy_name_of_a_mapping" {
  command = plan

  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    role = {
      policy_names = { logs = "sqs" }
    }
  }

  expect_failures = [var.mapping_statements]
}
