mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  queue = { arn = "arn:aws-cn:sqs:cn-north-1:123456789012:raw", url = "https://raw" }
  mapping = {
    role_arn = "arn:aws-cn:iam::123456789012:role/bar-dev"
  }
  bucket = {
    name = "photos"
  }
}

run "bucket_queue_function" {
  command = apply

  assert {
    condition = jsondecode(aws_sqs_queue_policy.this.policy).Statement == [{
      Sid       = "SendFromS3"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws-cn:s3:::photos"] }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
      }, {
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Only S3 can send, for this bucket of this account."
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
    condition     = output.queue_arn == "arn:aws-cn:sqs:cn-north-1:123456789012:raw"
    error_message = "The ARN is passed on."
  }

  assert {
    condition     = output.mapping_uuid == aws_lambda_event_source_mapping.this.uuid
    error_message = "The output identifies the mapping."
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

run "arn_instead_of_a_name" {
  command = plan

  variables {
    bucket = {
      name = "arn:aws-cn:s3:::photos"
    }
  }

  expect_failures = [var.bucket]
}
