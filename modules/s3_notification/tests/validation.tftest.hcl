mock_provider "aws" {}

variables {
  bucket = "photos"
}

run "an_arn_is_no_bucket" {
  command = plan

  variables {
    bucket = "arn:aws:s3:::photos"
  }

  expect_failures = [var.bucket]
}

run "a_function_is_no_topic" {
  command = plan

  variables {
    topics = [{ id = "a", arn = "arn:aws:lambda:eu-west-1:123456789012:function:a", events = ["s3:ObjectCreated:*"] }]
  }

  expect_failures = [var.topics]
}

run "a_topic_is_no_function" {
  command = plan

  variables {
    functions = [{ id = "a", arn = "arn:aws:sns:eu-west-1:123456789012:a", events = ["s3:ObjectCreated:*"] }]
  }

  expect_failures = [var.functions]
}

run "a_topic_is_no_queue" {
  command = plan

  variables {
    queues = [{ id = "a", arn = "arn:aws:sns:eu-west-1:123456789012:a", events = ["s3:ObjectCreated:*"] }]
  }

  expect_failures = [var.queues]
}

run "a_function_without_events" {
  command = plan

  variables {
    functions = [{ id = "a", arn = "arn:aws:lambda:eu-west-1:123456789012:function:a", events = [] }]
  }

  expect_failures = [var.functions]
}

run "a_topic_with_events_of_no_kind" {
  command = plan

  variables {
    topics = [{ id = "a", arn = "arn:aws:sns:eu-west-1:123456789012:a", events = ["ObjectCreated:*"] }]
  }

  expect_failures = [var.topics]
}

run "a_queue_without_events" {
  command = plan

  variables {
    queues = [{ id = "a", arn = "arn:aws:sqs:eu-west-1:123456789012:a", events = [] }]
  }

  expect_failures = [var.queues]
}

run "more_than_a_hundred" {
  command = plan

  variables {
    queues = [for number in range(101) : { id = tostring(number), arn = "arn:aws:sqs:eu-west-1:123456789012:d", events = ["s3:ObjectCreated:*"] }]
  }

  expect_failures = [var.queues]
}

run "a_hundred" {
  command = plan

  variables {
    queues = [for number in range(100) : { id = tostring(number), arn = "arn:aws:sqs:eu-west-1:123456789012:d", events = ["s3:ObjectCreated:*"] }]
  }
}
