mock_provider "aws" {}

variables {
  topic_arn = "arn:aws:sns:eu-west-1:123456789012:raw"
  queue     = { arn = "arn:aws:sqs:eu-west-1:123456789012:raw", url = "https://raw" }
}

run "the_topic_alone_gets_in" {
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
    error_message = "SNS gets in, for this topic only."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.topic_arn == "arn:aws:sns:eu-west-1:123456789012:raw" && aws_sns_topic_subscription.this.endpoint == "arn:aws:sqs:eu-west-1:123456789012:raw"
    error_message = "The queue gets the topic's messages."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.protocol == "sqs" && !coalesce(aws_sns_topic_subscription.this.raw_message_delivery, false)
    error_message = "Each message comes in its envelope."
  }
}

run "a_queue_is_no_topic" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "a_topic_is_no_queue" {
  command = plan

  variables {
    queue = { arn = "arn:aws:sns:eu-west-1:123456789012:raw", url = "https://raw" }
  }

  expect_failures = [var.queue]
}
