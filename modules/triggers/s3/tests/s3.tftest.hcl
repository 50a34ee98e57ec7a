mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
  }
  bucket = {
    arn        = "arn:aws-cn:s3:::photos"
    account_id = "123456789012"
  }
}

run "the_bucket_alone_may_invoke_the_function" {
  command = apply

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission is for invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "s3.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws-cn:s3:::photos"
    error_message = "Only this bucket may invoke the function."
  }

  assert {
    condition     = aws_lambda_permission.this.source_account == "123456789012"
    error_message = "Only this account's bucket may."
  }

  assert {
    condition     = output.function_arn == "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
    error_message = "The function's ARN is passed on."
  }
}

run "a_name_is_no_arn" {
  command = plan

  variables {
    bucket = {
      arn        = "photos"
      account_id = "123456789012"
    }
  }

  expect_failures = [var.bucket]
}

run "a_bucket_s_objects_are_no_bucket" {
  command = plan

  variables {
    bucket = {
      arn        = "arn:aws:s3:::photos/*"
      account_id = "123456789012"
    }
  }

  expect_failures = [var.bucket]
}

run "an_account_has_an_id" {
  command = plan

  variables {
    bucket = {
      arn        = "arn:aws-cn:s3:::photos"
      account_id = "mine"
    }
  }

  expect_failures = [var.bucket]
}

run "null_is_no_arn" {
  command = plan

  variables {
    bucket = {
      arn        = null
      account_id = "123456789012"
    }
  }

  expect_failures = [var.bucket]
}

run "null_is_no_account" {
  command = plan

  variables {
    bucket = {
      arn        = "arn:aws-cn:s3:::photos"
      account_id = null
    }
  }

  expect_failures = [var.bucket]
}
