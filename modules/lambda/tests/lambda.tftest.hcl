mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_group" {
    defaults = {
      arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
    }
  }

  mock_resource "aws_lambda_function" {
    defaults = {
      arn        = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
      invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:bar-dev/invocations"
    }
  }
}

variables {
  name     = "bar-dev"
  role_arn = "arn:aws:iam::123456789012:role/bar-dev"
  package  = "main.tf" # any file will do: the provider is mocked, only the digest is computed
}

run "defaults" {
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/bar-dev"
    error_message = "The log group is the one that Lambda writes to by default."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == null
    error_message = "Logs are kept for ever unless told otherwise."
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "bar-dev" && aws_lambda_function.this.description == null
    error_message = "The function has its name and no description."
  }

  assert {
    condition     = aws_lambda_function.this.role == "arn:aws:iam::123456789012:role/bar-dev"
    error_message = "The function runs with the role it was given."
  }

  assert {
    condition     = aws_lambda_function.this.filename == "main.tf" && aws_lambda_function.this.source_code_hash == filebase64sha256("main.tf")
    error_message = "The function is updated when the content of its package changes."
  }

  assert {
    condition     = aws_lambda_function.this.handler == "app.app" && aws_lambda_function.this.runtime == "python3.13"
    error_message = "The entry point is app.app on Python 3.13."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"])
    error_message = "The default architecture is x86_64."
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 128 && aws_lambda_function.this.timeout == 60
    error_message = "The defaults are 128 MB and 60 seconds."
  }

  assert {
    condition     = length(aws_lambda_function.this.environment) == 0
    error_message = "There is no environment block without environment variables."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == "/aws/lambda/bar-dev" && aws_lambda_function.this.logging_config[0].log_format == "Text"
    error_message = "The function logs text to the log group made here."
  }

  assert {
    condition = output.function == {
      name       = "bar-dev"
      arn        = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
      invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:bar-dev/invocations"
    }
    error_message = "The output function identifies the function."
  }

  assert {
    condition     = output.log_group_name == "/aws/lambda/bar-dev" && output.log_group_arn == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
    error_message = "The outputs identify the log group."
  }
}

run "every_input_reaches_its_resource" {
  variables {
    description           = "says \"hi\"\nfor $${x}"
    handler               = "bar.tend"
    runtime               = "python3.12"
    architecture          = "arm64"
    memory_size           = 10240
    timeout               = 900
    environment_variables = { ORDERS_TABLE = "orders", A1 = "" }
    log_retention_in_days = 14
    tags                  = { stage = "dev" }
  }

  assert {
    condition     = aws_lambda_function.this.description == "says \"hi\"\nfor $${x}"
    error_message = "The description is passed on unchanged."
  }

  assert {
    condition     = aws_lambda_function.this.handler == "bar.tend" && aws_lambda_function.this.runtime == "python3.12"
    error_message = "The entry point and runtime are passed on."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The architecture is passed on."
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 10240 && aws_lambda_function.this.timeout == 900
    error_message = "The largest memory and timeout are accepted."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ ORDERS_TABLE = "orders", A1 = "" })
    error_message = "The environment variables are passed on, empty ones too."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "The retention is passed on."
  }

  assert {
    condition     = aws_lambda_function.this.tags == tomap({ stage = "dev" }) && aws_cloudwatch_log_group.this.tags == tomap({ stage = "dev" })
    error_message = "The function and its log group are tagged."
  }
}

run "package_that_was_not_built" {
  command = plan

  variables {
    package = "missing.zip"
  }

  expect_failures = [aws_lambda_function.this]
}
