mock_provider "aws" {}

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

run "schedule_without_a_function" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "5 minutes"
    }
  }

  expect_failures = [var.rule]
}

run "schedule_at_a_time" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "at(2030-01-01T00:00:00)"
    }
  }

  expect_failures = [var.rule]
}

run "rate_zero" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(0 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "rate_of_one_in_the_plural" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(1 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "rate_of_several_in_the_singular" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minute)"
    }
  }

  expect_failures = [var.rule]
}

run "cron_of_five_fields" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "cron(0 6 * * *)"
    }
  }

  expect_failures = [var.rule]
}

run "longest_pattern_and_bus" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = [format("%4081s", "gin")] })
      event_bus_name = join("", [for i in range(256) : "b"])
    }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this.event_pattern) == 4096
    error_message = "A pattern of 4096 characters is accepted."
  }
}

run "neither_schedule_nor_pattern" {
  command = plan

  expect_failures = [var.rule]
}

run "both_schedule_and_pattern" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      event_pattern       = jsonencode({ source = ["bar"] })
    }
  }

  expect_failures = [var.rule]
}

run "schedule_on_another_bus" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      event_bus_name      = "orders"
    }
  }

  expect_failures = [var.rule]
}
