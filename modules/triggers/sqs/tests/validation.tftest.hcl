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

run "batch_size_zero" {
  command = plan

  variables {
    mapping = {
      queue_arn  = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn   = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size = 0
    }
  }

  expect_failures = [var.mapping]
}

run "batch_size_not_whole" {
  command = plan

  variables {
    mapping = {
      queue_arn  = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn   = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size = 1.5
    }
  }

  expect_failures = [var.mapping]
}

run "batch_size_too_large" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size                         = 10001
      maximum_batching_window_in_seconds = 1
    }
  }

  expect_failures = [var.mapping]
}

run "batch_size_without_a_window" {
  command = plan

  variables {
    mapping = {
      queue_arn  = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn   = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size = 11
    }
  }

  expect_failures = [var.mapping]
}

run "batch_size_with_a_window_of_zero" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size                         = 11
      maximum_batching_window_in_seconds = 0
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

run "window_too_long" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      maximum_batching_window_in_seconds = 301
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

run "concurrency_of_one" {
  command = plan

  variables {
    mapping = {
      queue_arn           = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn            = "arn:aws:iam::123456789012:role/bar-dev"
      maximum_concurrency = 1
    }
  }

  expect_failures = [var.mapping]
}

run "concurrency_too_large" {
  command = plan

  variables {
    mapping = {
      queue_arn           = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn            = "arn:aws:iam::123456789012:role/bar-dev"
      maximum_concurrency = 1001
    }
  }

  expect_failures = [var.mapping]
}

run "filters_empty" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
      filters   = []
    }
  }

  expect_failures = [var.mapping]
}

run "filters_too_many" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
      filters   = [for i in range(6) : jsonencode({ body = [tostring(i)] })]
    }
  }

  expect_failures = [var.mapping]
}

run "filter_that_is_not_json" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
      filters   = ["body=gin"]
    }
  }

  expect_failures = [var.mapping]
}

run "filter_too_long" {
  command = plan

  variables {
    mapping = {
      queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
      filters   = [jsonencode({ body = [format("%4084s", "x")] })]
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
