mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
}

run "queue_by_name" {
  command = plan

  variables {
    queue_arn = "orders"
  }

  expect_failures = [var.queue_arn]
}

run "queue_that_is_a_topic" {
  command = plan

  variables {
    queue_arn = "arn:aws:sns:us-east-1:123456789012:orders"
  }

  expect_failures = [var.queue_arn]
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
    batch_size                         = 10001
    maximum_batching_window_in_seconds = 1
  }

  expect_failures = [var.batch_size]
}

run "batch_size_without_a_window" {
  command = plan

  variables {
    batch_size = 11
  }

  expect_failures = [var.batch_size]
}

run "batch_size_with_a_window_of_none" {
  command = plan

  variables {
    batch_size                         = 11
    maximum_batching_window_in_seconds = 0
  }

  expect_failures = [var.batch_size]
}

run "batch_size_of_fifo" {
  command = plan

  variables {
    queue_arn  = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
    batch_size = 11
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

run "window_of_fifo" {
  command = plan

  variables {
    queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
    maximum_batching_window_in_seconds = 1
  }

  expect_failures = [var.maximum_batching_window_in_seconds]
}

run "concurrency_of_one" {
  command = plan

  variables {
    maximum_concurrency = 1
  }

  expect_failures = [var.maximum_concurrency]
}

run "concurrency_too_large" {
  command = plan

  variables {
    maximum_concurrency = 1001
  }

  expect_failures = [var.maximum_concurrency]
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
    filters = [for i in range(6) : jsonencode({ body = [tostring(i)] })]
  }

  expect_failures = [var.filters]
}

run "filter_that_is_not_json" {
  command = plan

  variables {
    filters = ["body=gin"]
  }

  expect_failures = [var.filters]
}

run "filter_too_long" {
  command = plan

  variables {
    filters = [jsonencode({ body = [format("%4084s", "x")] })]
  }

  expect_failures = [var.filters]
}
