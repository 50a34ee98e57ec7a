mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  filter = {
    name          = "bar-dev-watch"
    log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till"
    source_name   = "bar"
    pattern       = "{ $.level = \"ERROR\" }"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "logs-bar-fcde2b2e"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "logs.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till:*"
    error_message = "The permission is for the streams of this log group only."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this.name == "bar-dev-watch" && aws_cloudwatch_log_subscription_filter.this.log_group_name == "/bar/till"
    error_message = "The filter belongs to the log group."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this.filter_pattern == "{ $.level = \"ERROR\" }"
    error_message = "The pattern is passed on."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this.destination_arn == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The permission is for the function."
  }
}

run "arn_with_the_suffix_for_streams" {
  command = plan

  variables {
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till:*"
      source_name   = "bar"
      pattern       = "{ $.level = \"ERROR\" }"
    }
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till:*"
    error_message = "The suffix is not doubled."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this.log_group_name == "/bar/till"
    error_message = "The suffix is not part of the name."
  }
}

run "group_of_another_partition_and_no_pattern" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:bar-dev"
    }
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:till"
      source_name   = "bar"
      pattern       = ""
    }
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:till:*"
    error_message = "Log groups of every partition are accepted."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "logs.amazonaws.com"
    error_message = "CloudWatch Logs has its usual name there."
  }

  assert {
    condition     = aws_cloudwatch_log_subscription_filter.this.filter_pattern == ""
    error_message = "An empty pattern selects all log events."
  }
}

run "group_in_china" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
    }
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:till"
      source_name   = "till"
      pattern       = ""
    }
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "logs.amazonaws.com.cn" && aws_lambda_permission.this.function_name == "bar-dev"
    error_message = "Lambda accepts only this name of CloudWatch Logs in China."
  }
}
