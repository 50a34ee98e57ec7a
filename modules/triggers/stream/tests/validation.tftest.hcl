mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  mapping = {
    stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
    starting_position = "TRIM_HORIZON"
  }
}

run "stream_by_name" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "clicks"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_empty" {
  command = plan

  variables {
    mapping = {
      stream_arn        = ""
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_null" {
  command = plan

  variables {
    mapping = {
      stream_arn        = null
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_that_is_a_table" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_that_is_a_consumer" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/bar:1"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_that_is_a_queue" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
    }
  }

  expect_failures = [var.mapping]
}

run "destination_by_name" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
      on_failure_arn    = "discarded"
    }
  }

  expect_failures = [var.mapping]
}

run "destination_that_is_fifo" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
      on_failure_arn    = "arn:aws:sqs:us-east-1:123456789012:discarded.fifo"
    }
  }

  expect_failures = [var.mapping]
}

run "destination_that_is_a_bucket" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "TRIM_HORIZON"
      on_failure_arn    = "arn:aws:s3:::discarded"
    }
  }

  expect_failures = [var.mapping]
}

run "stream_of_another_region" {
  command = plan

  variables {
    mapping = {
      stream_arn        = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"
      role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position = "LATEST"
    }
  }

  expect_failures = [var.mapping]
}
