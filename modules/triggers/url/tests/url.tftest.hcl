mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
}

run "for_those_whom_iam_allows_it" {
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
    error_message = "Nobody else may call the URL."
  }

  assert {
    condition     = aws_lambda_function_url.this.invoke_mode == "BUFFERED" && length(aws_lambda_function_url.this.cors) == 0
    error_message = "The response comes as a whole, and no page of another origin may read it."
  }
}

run "for_everybody" {
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
    error_message = "There is one permission, for everybody."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].function_name == "bar-dev" && aws_lambda_permission.anonymous["*"].action == "lambda:InvokeFunctionUrl"
    error_message = "The permission is to call the URL, not to invoke the function."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].function_url_auth_type == "NONE"
    error_message = "The permission ends with the URL being public."
  }

  assert {
    condition     = aws_lambda_permission.anonymous["*"].statement_id == "FunctionURLAllowPublicAccess"
    error_message = "The permission has the name of the one that the provider makes by itself."
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

run "some_of_cors" {
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
    error_message = "What is not given is AWS's default."
  }
}
