mock_provider "aws" {}

variables {
  topic_arn   = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
  bucket_arns = ["arn:aws-cn:s3:::photos", "arn:aws-cn:s3:::scans"]
  account_id  = "123456789012"
}

run "only_the_buckets_have_access" {
  command = apply

  assert {
    condition     = aws_sns_topic_policy.this.arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "The policy is that of the topic."
  }

  assert {
    condition = jsondecode(aws_sns_topic_policy.this.policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws-cn:s3:::photos", "arn:aws-cn:s3:::scans"] }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    }]
    error_message = "Only S3 has access, for these buckets of this account."
  }

  assert {
    condition     = output.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "The ARN is passed on."
  }
}

run "arn_of_another_service" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "no_buckets" {
  command = plan

  variables {
    bucket_arns = []
  }

  expect_failures = [var.bucket_arns]
}

run "name_instead_of_an_arn" {
  command = plan

  variables {
    bucket_arns = ["photos"]
  }

  expect_failures = [var.bucket_arns]
}

run "account_by_name" {
  command = plan

  variables {
    account_id = "mine"
  }

  expect_failures = [var.account_id]
}
