mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn" }
  }
}

variables {
  topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:raw"
  buckets   = ["photos", "scans"]
}

run "the_buckets_alone_get_in" {
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
    error_message = "S3 gets in, for these buckets of this account only."
  }

  assert {
    condition     = output.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:raw"
    error_message = "The ARN is passed on."
  }
}

run "another_thing_s_arn" {
  command = plan

  variables {
    topic_arn = "arn:aws:sqs:eu-west-1:123456789012:raw"
  }

  expect_failures = [var.topic_arn]
}

run "no_bucket" {
  command = plan

  variables {
    buckets = []
  }

  expect_failures = [var.buckets]
}

run "an_arn_is_no_bucket" {
  command = plan

  variables {
    buckets = ["arn:aws:s3:::photos"]
  }

  expect_failures = [var.buckets]
}
