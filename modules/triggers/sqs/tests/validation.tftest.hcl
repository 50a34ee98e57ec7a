mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  mapping = {
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
    role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
  }
}

run "queue_by_name" {
  command = plan

  variables {
    mapping = {
      queue_arn = "orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
    }
  }

  expect_failures = [var.mapping]
}

run "queue_null" {
  command = plan

  variables {
    mapping = {
      queue_arn = null
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
    }
  }

  expect_failures = [var.mapping]
}

run "queue_that_is_a_topic" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sns:us-east-1:123456789012:orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
    }
  }

  expect_failures = [var.mapping]
}

run "batch_size_of_fifo" {
  command = plan

  variables {
    mapping = {
      queue_arn  = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
      role_arn   = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size = 11
    }
  }

  expect_failures = [var.mapping]
}

run "window_of_fifo" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      maximum_batching_window_in_seconds = 1
    }
  }

  expect_failures = [var.mapping]
}

run "queue_of_another_region" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sqs:eu-west-1:123456789012:work"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
    }
  }

  expect_failures = [var.mapping]
}
