mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  bucket = {
    name = "photos"
  }
}

run "only_the_bucket_can_invoke_the_function" {
  command = apply

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "s3-photos-84a6dae4"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "s3.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws-cn:s3:::photos"
    error_message = "Only this bucket can invoke the function."
  }

  assert {
    condition     = aws_lambda_permission.this.source_account == "123456789012"
    error_message = "Only a bucket of this account can invoke the function."
  }

  assert {
    condition     = output.function_arn == "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
    error_message = "The function's ARN is passed on."
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

run "objects_instead_of_a_bucket" {
  command = plan

  variables {
    bucket = {
      name = "photos/*"
    }
  }

  expect_failures = [var.bucket]
}

run "name_null" {
  command = plan

  variables {
    bucket = {
      name = null
    }
  }

  expect_failures = [var.bucket]
}
