mock_provider "aws" {}

variables {
  topic_arn = "arn:aws:sns:eu-west-1:123456789012:raw"
  queue     = { arn = "arn:aws:sqs:eu-west-1:123456789012:raw", url = "https://raw" }
}

run "only_the_topic_has_access" {
  command = apply

  assert {
    condition     = aws_sqs_queue_policy.this.queue_url == "https://raw"
    error_message = "The policy is that of the queue."
  }

  assert {
    condition = jsondecode(aws_sqs_queue_policy.this.policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-west-1:123456789012:raw"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:eu-west-1:123456789012:raw" } }
    }]
    error_message = "Only SNS has access, for this topic."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.topic_arn == "arn:aws:sns:eu-west-1:123456789012:raw" && aws_sns_topic_subscription.this.endpoint == "arn:aws:sqs:eu-west-1:123456789012:raw"
    error_message = "The queue receives the topic's messages."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.protocol == "sqs" && !coalesce(aws_sns_topic_subscription.this.raw_message_delivery, false)
    error_message = "Each message is delivered in its envelope."
  }
}

run "queue_instead_of_a_topic" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "topic_instead_of_a_queue" {
  command = plan

  variables {
    queue = { arn = "arn:aws:sns:eu-west-1:123456789012:raw", url = "https://raw" }
  }

  expect_failures = [var.queue]
}
