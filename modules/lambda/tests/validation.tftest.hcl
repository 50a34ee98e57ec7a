mock_provider "aws" {}

variables {
  name     = "bar-dev"
  role_arn = "arn:aws:iam::123456789012:role/bar-dev"
  package  = "main.tf"
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

run "name_with_a_dot" {
  command = plan

  variables {
    name = "bar.dev"
  }

  expect_failures = [var.name]
}

run "description_too_long" {
  command = plan

  variables {
    description = join("", [for i in range(257) : "d"])
  }

  expect_failures = [var.description]
}

run "handler_with_a_space" {
  command = plan

  variables {
    handler = "app app"
  }

  expect_failures = [var.handler]
}

run "architecture_unknown" {
  command = plan

  variables {
    architecture = "arm"
  }

  expect_failures = [var.architecture]
}

run "memory_too_small" {
  command = plan

  variables {
    memory_size = 127
  }

  expect_failures = [var.memory_size]
}

run "memory_too_large" {
  command = plan

  variables {
    memory_size = 10241
  }

  expect_failures = [var.memory_size]
}

run "memory_not_whole" {
  command = plan

  variables {
    memory_size = 128.5
  }

  expect_failures = [var.memory_size]
}

run "timeout_zero" {
  command = plan

  variables {
    timeout = 0
  }

  expect_failures = [var.timeout]
}

run "timeout_too_long" {
  command = plan

  variables {
    timeout = 901
  }

  expect_failures = [var.timeout]
}

run "timeout_not_whole" {
  command = plan

  variables {
    timeout = 1.5
  }

  expect_failures = [var.timeout]
}

run "environment_variable_that_begins_with_an_underscore" {
  command = plan

  variables {
    environment_variables = { _HANDLER = "x" }
  }

  expect_failures = [var.environment_variables]
}

run "environment_variable_of_one_letter" {
  command = plan

  variables {
    environment_variables = { A = "x" }
  }

  expect_failures = [var.environment_variables]
}

run "environment_variables_too_large" {
  command = plan

  variables {
    environment_variables = { BIG = format("%4094s", "x") }
  }

  expect_failures = [var.environment_variables]
}

run "log_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_in_days = 2
  }

  expect_failures = [var.log_retention_in_days]
}

run "log_retention_zero" {
  command = plan

  variables {
    log_retention_in_days = 0
  }

  expect_failures = [var.log_retention_in_days]
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
