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

  rule = {
    name      = "bar-dev-restock"
    task_name = "restock"
  }
}

run "schedule_defaults" {
  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.name == "bar-dev-restock" && aws_cloudwatch_event_rule.this.description == null
    error_message = "The rule has its name and no description."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(5 minutes)" && aws_cloudwatch_event_rule.this.event_pattern == null && aws_cloudwatch_event_rule.this.state == "ENABLED"
    error_message = "The rule runs on its schedule."
  }

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "rule-bar-dev-restock-d3aee387"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "events.amazonaws.com" && aws_lambda_permission.this.source_arn == "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    error_message = "The permission is for this rule only."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.target_id == "function" && aws_cloudwatch_event_target.this.rule == "bar-dev-restock" && aws_cloudwatch_event_target.this.arn == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The target of the rule is the function."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.input == null && aws_cloudwatch_event_target.this.input_transformer[0].input_template == "{\"task_name\": \"restock\", \"event\": <aws.events.event.json>}"
    error_message = "The function receives the scheduled event beside the task name."
  }

  assert {
    condition     = output.rule_arn == "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    error_message = "The output identifies the rule."
  }
}

run "pattern_defaults" {
  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = jsonencode({ source = ["bar"], detail = { bottles = [{ numeric = ["<", 3] }] } })
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.name == "bar-dev-restock" && aws_cloudwatch_event_rule.this.description == null
    error_message = "The rule has its name and no description."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this.event_pattern) == {
      source = ["bar"]
      detail = { bottles = [{ numeric = ["<", 3] }] }
    }
    error_message = "The rule has its pattern."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.state == "ENABLED" && aws_cloudwatch_event_rule.this.schedule_expression == null
    error_message = "The rule matches events."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.event_bus_name == "default" && aws_cloudwatch_event_target.this.event_bus_name == "default"
    error_message = "The rule and its target are on the default bus."
  }

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
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
    condition     = aws_cloudwatch_event_target.this.input_transformer[0].input_template == "{\"task_name\": \"restock\", \"event\": <aws.events.event.json>}"
    error_message = "The function receives the event beside the task name."
  }

  assert {
    condition     = output.rule_arn == "arn:aws:events:us-east-1:123456789012:rule/bar-dev-restock"
    error_message = "The output identifies the rule."
  }
}

run "every_input_of_a_schedule_reaches_its_resource" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "cron(0/15 6 ? * MON-FRI *)"
      enabled             = false
      description         = "orders \"gin\"\nfor $${x}"
      target_id           = "bar.rule"
      tags                = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "cron(0/15 6 ? * MON-FRI *)"
    error_message = "A cron expression is passed on."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.target_id == "bar.rule"
    error_message = "The ID of the target is passed on."
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

run "every_input_of_a_pattern_reaches_its_resource" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"], detail = { bottles = [{ numeric = ["<", 3] }] } })
      event_bus_name = "orders/eu.1-a_b"
      enabled        = false
      description    = "orders \"gin\"\nfor $${x}"
      tags           = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.event_bus_name == "orders/eu.1-a_b" && aws_cloudwatch_event_target.this.event_bus_name == "orders/eu.1-a_b"
    error_message = "The rule and its target are on the bus."
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

run "bus_by_its_arn" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"] })
      event_bus_name = "arn:aws-cn:events:cn-north-1:123456789012:event-bus/orders"
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.event_bus_name == "arn:aws-cn:events:cn-north-1:123456789012:event-bus/orders" && aws_cloudwatch_event_target.this.event_bus_name == aws_cloudwatch_event_rule.this.event_bus_name
    error_message = "The rule and its target are on the bus with the ARN."
  }
}

run "bus_null_is_the_default_bus" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"], detail = { bottles = [{ numeric = ["<", 3] }] } })
      event_bus_name = null
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.event_bus_name == "default"
    error_message = "The rule is on the default bus."
  }
}

run "schedule_on_the_default_bus" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      event_bus_name      = "default"
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.event_bus_name == "default"
    error_message = "The rule is on the default bus."
  }
}

run "input_replaces_the_event" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock \"gin\""
      schedule_expression = "rate(5 minutes)"
      input               = jsonencode({ drink = "gin & <tonic>", bottles = [1, 2.5, null] })
    }
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_target.this.input) == {
      task_name = "restock \"gin\""
      event     = { drink = "gin & <tonic>", bottles = [1, 2.5, null] }
    }
    error_message = "The function receives the input beside the task name."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.this.input_transformer) == 0
    error_message = "EventBridge accepts an input or an input transformer, not both."
  }
}

run "input_replaces_the_event_of_a_pattern" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock \"gin\""
      event_pattern = jsonencode({ source = ["bar"], detail = { bottles = [{ numeric = ["<", 3] }] } })
      input         = jsonencode({ drink = "gin & <tonic>", bottles = [1, 2.5, null] })
    }
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_target.this.input) == {
      task_name = "restock \"gin\""
      event     = { drink = "gin & <tonic>", bottles = [1, 2.5, null] }
    }
    error_message = "The function receives the input beside the task name."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.this.input_transformer) == 0
    error_message = "EventBridge accepts an input or an input transformer, not both."
  }
}

run "task_name_cannot_change_the_template" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "\"<aws.events.rule-arn>\" \\ $${x}\n"
      schedule_expression = "rate(5 minutes)"
    }
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.input_transformer[0].input_template == "{\"task_name\": \"\\\"\\u003caws.events.rule-arn\\u003e\\\" \\\\ $${x}\\n\", \"event\": <aws.events.event.json>}"
    error_message = "Quotes, backslashes and angle brackets of a task name are escaped."
  }
}
