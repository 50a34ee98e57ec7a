mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  name          = "bar-dev-restock"
  task_name     = "restock"
  event_pattern = jsonencode({ source = ["bar"] })
}

run "name_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan

  variables {
    name = join("", [for i in range(65) : "n"])
  }

  expect_failures = [var.name]
}

run "name_with_a_space" {
  command = plan

  variables {
    name = "bar dev"
  }

  expect_failures = [var.name]
}

run "task_name_empty" {
  command = plan

  variables {
    task_name = ""
  }

  expect_failures = [var.task_name]
}

run "pattern_that_is_not_json" {
  command = plan

  variables {
    event_pattern = "aws.ecs"
  }

  expect_failures = [var.event_pattern]
}

run "pattern_that_is_a_list" {
  command = plan

  variables {
    event_pattern = jsonencode(["aws.ecs"])
  }

  expect_failures = [var.event_pattern]
}

run "pattern_that_is_a_string" {
  command = plan

  variables {
    event_pattern = jsonencode("aws.ecs")
  }

  expect_failures = [var.event_pattern]
}

run "pattern_empty" {
  command = plan

  variables {
    event_pattern = jsonencode({})
  }

  expect_failures = [var.event_pattern]
}

run "pattern_too_long" {
  command = plan

  variables {
    event_pattern = jsonencode({ source = [format("%4082s", "gin")] })
  }

  expect_failures = [var.event_pattern]
}

run "bus_empty" {
  command = plan

  variables {
    event_bus_name = ""
  }

  expect_failures = [var.event_bus_name]
}

run "bus_too_long" {
  command = plan

  variables {
    event_bus_name = join("", [for i in range(257) : "b"])
  }

  expect_failures = [var.event_bus_name]
}

run "bus_by_its_arn" {
  command = plan

  variables {
    event_bus_name = "arn:aws:events:us-east-1:123456789012:event-bus/orders"
  }

  expect_failures = [var.event_bus_name]
}

run "description_too_long" {
  command = plan

  variables {
    description = join("", [for i in range(513) : "d"])
  }

  expect_failures = [var.description]
}

run "too_many_tags" {
  command = plan

  variables {
    tags = { for i in range(51) : "tag${i}" => "" }
  }

  expect_failures = [var.tags]
}

run "tag_with_a_reserved_key" {
  command = plan

  variables {
    tags = { "aws:stage" = "dev" }
  }

  expect_failures = [var.tags]
}

run "tag_value_too_long" {
  command = plan

  variables {
    tags = { stage = join("", [for i in range(257) : "v"]) }
  }

  expect_failures = [var.tags]
}

run "longest_pattern_and_bus" {
  command = plan

  variables {
    event_pattern  = jsonencode({ source = [format("%4081s", "gin")] })
    event_bus_name = join("", [for i in range(256) : "b"])
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this.event_pattern) == 4096
    error_message = "A pattern of 4096 characters is taken."
  }
}
