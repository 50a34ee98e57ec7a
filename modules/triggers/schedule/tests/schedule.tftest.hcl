mock_provider "aws" {
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = {
      arn = "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    }
  }
}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  name                = "bar-dev-restock"
  task_name           = "restock"
  schedule_expression = "rate(5 minutes)"
}

run "defaults" {
  assert {
    condition     = aws_cloudwatch_event_rule.this.name == "bar-dev-restock" && aws_cloudwatch_event_rule.this.description == null
    error_message = "The rule has its name and no description."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(5 minutes)" && aws_cloudwatch_event_rule.this.state == "ENABLED"
    error_message = "The rule fires on its schedule."
  }

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission is to invoke the function."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "events.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    error_message = "The permission is for this rule only."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.rule == "bar-dev-restock" && aws_cloudwatch_event_target.this.arn == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The target of the rule is the function."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.input == null && aws_cloudwatch_event_target.this.input_transformer[0].input_template == "{\"task_name\": \"restock\", \"event\": <aws.events.event.json>}"
    error_message = "The function gets the scheduled event beside the task name."
  }

  assert {
    condition     = output.rule_arn == "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    error_message = "The output identifies the rule."
  }
}

run "every_input_reaches_its_resource" {
  command = plan

  variables {
    schedule_expression = "cron(0/15 6 ? * MON-FRI *)"
    enabled             = false
    description         = "orders \"gin\"\nfor $${x}"
    tags                = { stage = "dev" }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "cron(0/15 6 ? * MON-FRI *)"
    error_message = "A cron expression is passed on."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.state == "DISABLED"
    error_message = "A rule that is not enabled is disabled."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.description == "orders \"gin\"\nfor $${x}"
    error_message = "The description is passed on unchanged."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.tags == tomap({ stage = "dev" })
    error_message = "The rule is tagged."
  }
}

run "input_replaces_the_event" {
  command = plan

  variables {
    task_name = "restock \"gin\""
    input     = jsonencode({ drink = "gin & <tonic>", bottles = [1, 2.5, null] })
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_target.this.input) == {
      task_name = "restock \"gin\""
      event     = { drink = "gin & <tonic>", bottles = [1, 2.5, null] }
    }
    error_message = "The function gets the input beside the task name."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.this.input_transformer) == 0
    error_message = "EventBridge takes an input or an input transformer, not both."
  }
}

run "task_name_is_no_part_of_the_template" {
  command = plan

  variables {
    task_name = "\"<aws.events.rule-arn>\" \\ $${x}\n"
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.input_transformer[0].input_template == "{\"task_name\": \"\\\"\\u003caws.events.rule-arn\\u003e\\\" \\\\ $${x}\\n\", \"event\": <aws.events.event.json>}"
    error_message = "Quotes, backslashes and angle brackets of a task name are escaped."
  }
}
