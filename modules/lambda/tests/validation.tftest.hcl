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
    settings = { description = join("", [for i in range(257) : "d"]) }
  }

  expect_failures = [var.settings]
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
    settings = { architecture = "arm" }
  }

  expect_failures = [var.settings]
}

run "memory_too_small" {
  command = plan

  variables {
    settings = { memory_size = 127 }
  }

  expect_failures = [var.settings]
}

run "memory_too_large" {
  command = plan

  variables {
    settings = { memory_size = 10241 }
  }

  expect_failures = [var.settings]
}

run "memory_not_whole" {
  command = plan

  variables {
    settings = { memory_size = 128.5 }
  }

  expect_failures = [var.settings]
}

run "timeout_zero" {
  command = plan

  variables {
    settings = { timeout = 0 }
  }

  expect_failures = [var.settings]
}

run "timeout_too_long" {
  command = plan

  variables {
    settings = { timeout = 901 }
  }

  expect_failures = [var.settings]
}

run "timeout_not_whole" {
  command = plan

  variables {
    settings = { timeout = 1.5 }
  }

  expect_failures = [var.settings]
}

run "environment_variable_that_starts_with_an_underscore" {
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
    settings = { log_retention_in_days = 2 }
  }

  expect_failures = [var.settings]
}

run "log_retention_zero" {
  command = plan

  variables {
    settings = { log_retention_in_days = 0 }
  }

  expect_failures = [var.settings]
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

run "storage_too_small" {
  command = plan

  variables {
    settings = { ephemeral_storage_size = 511 }
  }

  expect_failures = [var.settings]
}

run "storage_too_large" {
  command = plan

  variables {
    settings = { ephemeral_storage_size = 10241 }
  }

  expect_failures = [var.settings]
}

run "six_layers" {
  command = plan

  variables {
    settings = { layers = [for i in range(6) : "arn:aws:lambda:us-east-1:123456789012:layer:glass:${i}"] }
  }

  expect_failures = [var.settings]
}

run "vpc_without_subnets" {
  command = plan

  variables {
    settings = { vpc = { subnet_ids = [], security_group_ids = ["sg-1"] } }
  }

  expect_failures = [var.settings]
}

run "vpc_with_six_security_groups" {
  command = plan

  variables {
    settings = { vpc = { subnet_ids = ["subnet-1"], security_group_ids = [for i in range(6) : "sg-${i}"] } }
  }

  expect_failures = [var.settings]
}

run "negative_concurrency" {
  command = plan

  variables {
    settings = { reserved_concurrent_executions = -1 }
  }

  expect_failures = [var.settings]
}

run "log_format_in_lowercase" {
  command = plan

  variables {
    settings = { log_format = "json" }
  }

  expect_failures = [var.settings]
}

run "application_log_level_of_python" {
  command = plan

  variables {
    settings = { log_format = "JSON", application_log_level = "WARNING" }
  }

  expect_failures = [var.settings]
}

run "system_log_level_of_applications" {
  command = plan

  variables {
    settings = { log_format = "JSON", system_log_level = "ERROR" }
  }

  expect_failures = [var.settings]
}

run "kms_key_by_its_alias" {
  command = plan

  variables {
    settings = { kms_key = { arn = "arn:aws:kms:us-east-1:123456789012:alias/bar" } }
  }

  expect_failures = [var.settings]
}

run "dead_letter_queue_that_is_fifo" {
  command = plan

  variables {
    settings = { dead_letter_queue = { target_arn = "arn:aws:sqs:us-east-1:123456789012:spilt.fifo" } }
  }

  expect_failures = [var.settings]
}

run "dead_letter_queue_that_is_a_function" {
  command = plan

  variables {
    settings = { dead_letter_queue = { target_arn = "arn:aws:lambda:us-east-1:123456789012:function:wipe" } }
  }

  expect_failures = [var.settings]
}

run "three_retries" {
  command = plan

  variables {
    settings = { maximum_retry_attempts = 3 }
  }

  expect_failures = [var.settings]
}

run "event_age_too_short" {
  command = plan

  variables {
    settings = { maximum_event_age_in_seconds = 59 }
  }

  expect_failures = [var.settings]
}

run "event_age_too_long" {
  command = plan

  variables {
    settings = { maximum_event_age_in_seconds = 21601 }
  }

  expect_failures = [var.settings]
}

run "on_failure_to_a_table" {
  command = plan

  variables {
    settings = { on_failure = { destination_arn = "arn:aws:dynamodb:us-east-1:123456789012:table/spilt" } }
  }

  expect_failures = [var.settings]
}

run "on_failure_to_a_fifo_topic" {
  command = plan

  variables {
    settings = { on_failure = { destination_arn = "arn:aws:sns:us-east-1:123456789012:spilt.fifo" } }
  }

  expect_failures = [var.settings]
}

run "on_success_to_a_bucket" {
  command = plan

  variables {
    settings = { on_success = { destination_arn = "arn:aws:s3:::served" } }
  }

  expect_failures = [var.settings]
}

run "package_in_an_invalid_bucket" {
  command = plan

  variables {
    package_s3 = { bucket = "s3://packages", key = "package.zip" }
  }

  expect_failures = [var.package_s3]
}

run "package_without_a_key" {
  command = plan

  variables {
    package_s3 = { bucket = "packages", key = "" }
  }

  expect_failures = [var.package_s3]
}
