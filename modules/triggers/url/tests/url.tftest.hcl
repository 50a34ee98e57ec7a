mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
}

run "for_callers_that_iam_allows" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
    }
  }

  assert {
    condition     = aws_lambda_function_url.this.function_name == "bar-dev" && aws_lambda_function_url.this.authorization_type == "AWS_IAM"
    error_message = "The URL is the function's, for signed requests."
  }

  assert {
    condition     = length(aws_lambda_permission.anonymous) == 0
    error_message = "Nobody else can call the URL."
  }

  assert {
    condition     = aws_lambda_function_url.this.invoke_mode == "BUFFERED" && length(aws_lambda_function_url.this.cors) == 0
    error_message = "The response is buffered, and no page of another origin can read it."
  }
}

run "for_everyone" {
  command = plan

  variables {
    url = {
      authorization_type = "NONE"
      cors = {
        allow_credentials = true
        allow_headers     = ["x-one", "x-two"]
        allow_methods     = ["GET", "*"]
        allow_origins     = ["https://example.com"]
        expose_headers    = ["date"]
        max_age           = 86400
      }
      invoke_mode = "RESPONSE_STREAM"
    }
  }

  assert {
    condition     = aws_lambda_function_url.this.authorization_type == "NONE" && aws_lambda_function_url.this.invoke_mode == "RESPONSE_STREAM"
    error_message = "The URL is for all requests."
  }

  assert {
    condition     = keys(aws_lambda_permission.anonymous) == ["*"] && aws_lambda_permission.anonymous["*"].principal == "*"
    error_message = "There is one permission, for everyone."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].function_name == "bar-dev" && aws_lambda_permission.anonymous["*"].action == "lambda:InvokeFunctionUrl"
    error_message = "The permission allows calling the URL, not invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].function_url_auth_type == "NONE"
    error_message = "The permission is removed when the URL is no longer public."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].statement_id == "FunctionURLAllowPublicAccess"
    error_message = "The permission has the ID that the provider itself uses."
  }

  assert {
    condition = one(aws_lambda_function_url.this.cors) == {
      allow_credentials = true
      allow_headers     = toset(["x-one", "x-two"])
      allow_methods     = toset(["GET", "*"])
      allow_origins     = toset(["https://example.com"])
      expose_headers    = toset(["date"])
      max_age           = 86400
    }
    error_message = "CORS is passed on."
  }
}

run "part_of_cors" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors = {
        allow_origins = ["*"]
      }
    }
  }

  assert {
    condition     = one(aws_lambda_function_url.this.cors).allow_origins == toset(["*"]) && !one(aws_lambda_function_url.this.cors).allow_credentials
    error_message = "Omitted settings have AWS's defaults."
  }
}
