mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  stream_arn        = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  starting_position = "TRIM_HORIZON"
}

run "stream_by_name" {
  command = plan

  variables {
    stream_arn = "clicks"
  }

  expect_failures = [var.stream_arn]
}

run "stream_of_a_table_without_one" {
  command = plan

  variables {
    stream_arn = ""
  }

  expect_failures = [var.stream_arn]
}

run "stream_that_is_a_table" {
  command = plan

  variables {
    stream_arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
  }

  expect_failures = [var.stream_arn]
}

run "stream_that_is_a_consumer" {
  command = plan

  variables {
    stream_arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/bar:1"
  }

  expect_failures = [var.stream_arn]
}

run "stream_that_is_a_queue" {
  command = plan

  variables {
    stream_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
  }

  expect_failures = [var.stream_arn]
}

run "position_at_a_time" {
  command = plan

  variables {
    starting_position = "AT_TIMESTAMP"
  }

  expect_failures = [var.starting_position]
}

run "batch_size_of_none" {
  command = plan

  variables {
    batch_size = 0
  }

  expect_failures = [var.batch_size]
}

run "batch_size_of_a_half" {
  command = plan

  variables {
    batch_size = 1.5
  }

  expect_failures = [var.batch_size]
}

run "batch_size_too_large" {
  command = plan

  variables {
    batch_size = 10001
  }

  expect_failures = [var.batch_size]
}

run "window_too_long" {
  command = plan

  variables {
    maximum_batching_window_in_seconds = 301
  }

  expect_failures = [var.maximum_batching_window_in_seconds]
}

run "factor_of_none" {
  command = plan

  variables {
    parallelization_factor = 0
  }

  expect_failures = [var.parallelization_factor]
}

run "factor_too_large" {
  command = plan

  variables {
    parallelization_factor = 11
  }

  expect_failures = [var.parallelization_factor]
}

run "retries_below_no_limit" {
  command = plan

  variables {
    maximum_retry_attempts = -2
  }

  expect_failures = [var.maximum_retry_attempts]
}

run "retries_too_many" {
  command = plan

  variables {
    maximum_retry_attempts = 10001
  }

  expect_failures = [var.maximum_retry_attempts]
}

run "age_of_none" {
  command = plan

  variables {
    maximum_record_age_in_seconds = 0
  }

  expect_failures = [var.maximum_record_age_in_seconds]
}

run "age_too_short" {
  command = plan

  variables {
    maximum_record_age_in_seconds = 59
  }

  expect_failures = [var.maximum_record_age_in_seconds]
}

run "age_too_long" {
  command = plan

  variables {
    maximum_record_age_in_seconds = 604801
  }

  expect_failures = [var.maximum_record_age_in_seconds]
}

run "destination_by_name" {
  command = plan

  variables {
    on_failure_arn = "discarded"
  }

  expect_failures = [var.on_failure_arn]
}

run "destination_that_is_fifo" {
  command = plan

  variables {
    on_failure_arn = "arn:aws:sqs:us-east-1:123456789012:discarded.fifo"
  }

  expect_failures = [var.on_failure_arn]
}

run "destination_that_is_a_bucket" {
  command = plan

  variables {
    on_failure_arn = "arn:aws:s3:::discarded"
  }

  expect_failures = [var.on_failure_arn]
}

run "tumbling_window_too_long" {
  command = plan

  variables {
    tumbling_window_in_seconds = 901
  }

  expect_failures = [var.tumbling_window_in_seconds]
}

run "filters_of_none" {
  command = plan

  variables {
    filters = []
  }

  expect_failures = [var.filters]
}

run "filters_too_many" {
  command = plan

  variables {
    filters = [for i in range(6) : jsonencode({ data = [tostring(i)] })]
  }

  expect_failures = [var.filters]
}

run "filter_that_is_not_json" {
  command = plan

  variables {
    filters = ["data=gin"]
  }

  expect_failures = [var.filters]
}

run "filter_too_long" {
  command = plan

  variables {
    filters = [jsonencode({ data = [format("%4084s", "x")] })]
  }

  expect_failures = [var.filters]
}
