mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  topic = {
    name = "raw"
    arn  = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
  }
  bucket = {
    name = "photos"
  }
}

run "bucket_topic_function" {
  command = apply

  assert {
    condition = jsondecode(aws_sns_topic_policy.this.policy).Statement == [{
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
    condition     = aws_lambda_permission.this.principal == "sns.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "Only SNS can invoke the function, for this topic."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "s3-raw-45d582b8"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw" && aws_sns_topic_subscription.this.endpoint == "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
    error_message = "The function receives the messages of the topic."
  }

  assert {
    condition     = output.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "The ARN is passed on."
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
