mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  subscription = {
    topic_arn   = "arn:aws:sns:us-east-1:123456789012:bartender"
    source_name = "bartender"
  }
}

run "topic_by_name" {
  command = plan

  variables {
    subscription = {
      topic_arn   = "bartender"
      source_name = "bartender"
    }
  }

  expect_failures = [var.subscription]
}

run "topic_that_is_a_queue" {
  command = plan

  variables {
    subscription = {
      topic_arn   = "arn:aws:sqs:us-east-1:123456789012:bartender"
      source_name = "bartender"
    }
  }

  expect_failures = [var.subscription]
}

run "topic_that_is_fifo" {
  command = plan

  variables {
    subscription = {
      topic_arn   = "arn:aws:sns:us-east-1:123456789012:bartender.fifo"
      source_name = "bartender"
    }
  }

  expect_failures = [var.subscription]
}

run "topic_of_another_region" {
  command = plan

  variables {
    subscription = {
      topic_arn   = "arn:aws:sns:eu-west-1:123456789012:bartender"
      source_name = "bartender"
    }
  }

  expect_failures = [var.subscription]
}
