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

run "name_empty" {
  command = plan

  variables {
    rule = {
      name                = ""
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "name_too_long" {
  command = plan

  variables {
    rule = {
      name                = join("", [for i in range(65) : "n"])
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "name_with_a_space" {
  command = plan

  variables {
    rule = {
      name                = "bar dev"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "task_name_empty" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = ""
      schedule_expression = "rate(5 minutes)"
    }
  }

  expect_failures = [var.rule]
}

run "task_name_null" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = null
      schedule_expression = "rate(5 minutes)"
    }
  }

  expect_failures = [var.rule]
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

run "schedule_too_long" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "cron(${join(",", range(100))} * * * ? *)"
    }
  }

  expect_failures = [var.rule]
}

run "input_that_is_not_json" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      input               = "gin"
    }
  }

  expect_failures = [var.rule]
}

run "input_too_long" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      input               = jsonencode(format("%8192s", "gin"))
    }
  }

  expect_failures = [var.rule]
}

run "description_too_long" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      description         = join("", [for i in range(513) : "d"])
    }
  }

  expect_failures = [var.rule]
}

run "too_many_tags" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      tags                = { for i in range(51) : "tag${i}" => "" }
    }
  }

  expect_failures = [var.rule]
}

run "tag_with_a_reserved_key" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      tags                = { "aws:stage" = "dev" }
    }
  }

  expect_failures = [var.rule]
}

run "tag_value_too_long" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      tags                = { stage = join("", [for i in range(257) : "v"]) }
    }
  }

  expect_failures = [var.rule]
}

run "pattern_that_is_not_json" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = "aws.ecs"
    }
  }

  expect_failures = [var.rule]
}

run "pattern_that_is_a_list" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = jsonencode(["aws.ecs"])
    }
  }

  expect_failures = [var.rule]
}

run "pattern_that_is_a_string" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = jsonencode("aws.ecs")
    }
  }

  expect_failures = [var.rule]
}

run "pattern_empty" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = jsonencode({})
    }
  }

  expect_failures = [var.rule]
}

run "pattern_too_long" {
  command = plan

  variables {
    rule = {
      name          = "bar-dev-restock"
      task_name     = "restock"
      event_pattern = jsonencode({ source = [format("%4082s", "gin")] })
    }
  }

  expect_failures = [var.rule]
}

run "bus_empty" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"] })
      event_bus_name = ""
    }
  }

  expect_failures = [var.rule]
}

run "bus_too_long" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"] })
      event_bus_name = join("", [for i in range(257) : "b"])
    }
  }

  expect_failures = [var.rule]
}

run "bus_by_the_arn_of_another_service" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = ["bar"] })
      event_bus_name = "arn:aws:sqs:us-east-1:123456789012:orders"
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

run "target_id_too_long" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      target_id           = join("", [for n in range(65) : "x"])
    }
  }

  expect_failures = [var.rule]
}

run "target_id_with_a_space" {
  command = plan

  variables {
    rule = {
      name                = "bar-dev-restock"
      task_name           = "restock"
      schedule_expression = "rate(5 minutes)"
      target_id           = "the function"
    }
  }

  expect_failures = [var.rule]
}
