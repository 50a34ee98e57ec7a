mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  subscription = {
    topic_arn   = "arn:aws:sns:us-east-1:123456789012:bartender"
    source_name = "bartender"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "sns-bartender-a177ad74"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "sns.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws:sns:us-east-1:123456789012:bartender"
    error_message = "The permission is for this topic only."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.topic_arn == "arn:aws:sns:us-east-1:123456789012:bartender" && aws_sns_topic_subscription.this.protocol == "lambda"
    error_message = "A function is subscribed to the topic."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.endpoint == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The permission is for the function."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.filter_policy == null
    error_message = "Without a filter policy, all messages are delivered."
  }
}

run "filter_policy" {
  command = plan

  variables {
    subscription = {
      topic_arn           = "arn:aws:sns:us-east-1:123456789012:bartender"
      source_name         = "bartender"
      filter_policy       = jsonencode({ drink = ["negroni", { prefix = "gin \"" }] })
      filter_policy_scope = "MessageBody"
    }
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this.filter_policy) == { drink = ["negroni", { prefix = "gin \"" }] }
    error_message = "The filter policy is passed on."
  }

  assert {
    condition     = aws_sns_topic_subscription.this.filter_policy_scope == "MessageBody"
    error_message = "The scope of the filter policy is passed on."
  }
}

run "topic_of_another_partition" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:bar-dev"
    }
    subscription = {
      topic_arn   = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:bartender"
      source_name = "bartender"
    }
  }

  assert {
    condition     = aws_lambda_permission.this.source_arn == "arn:aws-us-gov:sns:us-gov-west-1:123456789012:bartender"
    error_message = "Topics of every partition are accepted."
  }
}
