mock_provider "aws" {}

variables {
  name     = "bar-dev"
  role_arn = "arn:aws:iam::123456789012:role/bar-dev"
  package  = { path = "main.tf" }
}

run "environment_variables_too_large" {
  command = plan

  variables {
    settings = { environment_variables = { BIG = format("%4094s", "x") } }
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

run "kms_keys_of_sources_by_an_alias" {
  command = plan

  variables {
    settings = { source_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/1", "arn:aws:kms:us-east-1:123456789012:alias/bar"] }
  }

  expect_failures = [var.settings]
}

run "kms_keys_of_destinations_by_an_alias" {
  command = plan

  variables {
    settings = { destination_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:alias/bar"] }
  }

  expect_failures = [var.settings]
}

run "kms_key_of_the_logs_by_its_alias" {
  command = plan

  variables {
    settings = { log_group_kms_key = { arn = "arn:aws:kms:us-east-1:123456789012:alias/bar" } }
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

run "package_without_a_file_and_an_object" {
  command = plan

  variables {
    package = {}
  }

  expect_failures = [var.package]
}
