mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
  bucket = {
    arn        = "arn:aws-cn:s3:::photos"
    account_id = "123456789012"
  }
}

run "bucket_topic_function" {
  command = apply

  assert {
    condition = jsondecode(aws_sns_topic_policy.this.policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws-cn:s3:::photos"] }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    }]
    error_message = "Only S3 can publish, for this bucket of this account."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "sns.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "Only SNS can invoke the function, for this topic."
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

run "arn_of_another_service_instead_of_a_topic" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "bucket_by_name" {
  command = plan

  variables {
    bucket = {
      arn        = "photos"
      account_id = "123456789012"
    }
  }

  expect_failures = [var.bucket]
}

run "account_by_name" {
  command = plan

  variables {
    bucket = {
      arn        = "arn:aws:s3:::photos"
      account_id = "mine"
    }
  }

  expect_failures = [var.bucket]
}
