mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
  queue     = { arn = "arn:aws-cn:sqs:cn-north-1:123456789012:raw", url = "https://raw" }
  mapping = {
    role_arn = "arn:aws-cn:iam::123456789012:role/bar-dev"
  }
  bucket = {
    name = "photos"
  }
}

run "bucket_topic_queue_function" {
  command = apply

  assert {
    condition = jsondecode(aws_sns_topic_policy.this[0].policy).Statement == [{
      Sid       = "PublishFromS3"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws-cn:s3:::photos"] }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
      }, {
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Only S3 can publish, for this bucket of this account."
  }

  assert {
    condition = jsondecode(aws_sqs_queue_policy.this.policy).Statement == [{
      Sid       = "SendFromSns"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws-cn:sns:cn-north-1:123456789012:raw" } }
      }, {
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Only SNS can send, for this topic."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == "arn:aws-cn:sqs:cn-north-1:123456789012:raw" && aws_lambda_event_source_mapping.this.function_name == "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
    error_message = "The function reads the queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10 && length(coalesce(aws_lambda_event_source_mapping.this.function_response_types, [])) == 0
    error_message = "Lambda's defaults hold."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw" && aws_sns_topic_subscription.this.endpoint == "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
    error_message = "The queue receives the messages of the topic."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.protocol == "sqs" && !coalesce(aws_sns_topic_subscription.this.raw_message_delivery, false)
    error_message = "Each message is delivered in its envelope."
  }

  assert {
    condition     = output.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "The ARN is passed on."
  }

  assert {
    condition     = output.mapping_uuid == aws_lambda_event_source_mapping.this.uuid
    error_message = "The output identifies the mapping."
  }
}

run "topic_of_another_owner" {
  command = plan

  variables {
    bucket = null
  }

  assert {
    condition     = length(aws_sns_topic_policy.this) == 0
    error_message = "The policy of the topic is its owner's."
  }

  assert {
    condition = jsondecode(aws_sqs_queue_policy.this.policy).Statement == [{
      Sid       = "SendFromSns"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws-cn:sns:cn-north-1:123456789012:raw" } }
      }, {
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Only SNS can send, for this topic."
  }
}

run "batch_and_partial_responses" {
  command = plan

  variables {
    mapping = {
      role_arn                   = "arn:aws-cn:iam::123456789012:role/bar-dev"
      batch_size                 = 10
      report_batch_item_failures = true
      tags                       = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10 && aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "The settings of the mapping are passed on."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.tags == tomap({ stage = "dev" })
    error_message = "The mapping has the tags."
  }
}

run "arn_of_another_service_instead_of_a_topic" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "arn_instead_of_a_name" {
  command = plan

  variables {
    bucket = {
      name = "arn:aws-cn:s3:::photos"
    }
  }

  expect_failures = [var.bucket]
}

run "topic_of_another_region" {
  command = plan

  variables {
    topic_arn = "arn:aws:sns:eu-west-1:123456789012:shared"
  }

  expect_failures = [var.topic_arn]
}
