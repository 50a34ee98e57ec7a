mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  name                = "bar-dev-restock"
  task_name           = "restock"
  schedule_expression = "rate(5 minutes)"
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

run "schedule_without_a_function" {
  command = plan

  variables {
    schedule_expression = "5 minutes"
  }

  expect_failures = [var.schedule_expression]
}

run "schedule_at_a_time" {
  command = plan

  variables {
    schedule_expression = "at(2030-01-01T00:00:00)"
  }

  expect_failures = [var.schedule_expression]
}

run "rate_zero" {
  command = plan

  variables {
    schedule_expression = "rate(0 minutes)"
  }

  expect_failures = [var.schedule_expression]
}

run "rate_of_one_in_the_plural" {
  command = plan

  variables {
    schedule_expression = "rate(1 minutes)"
  }

  expect_failures = [var.schedule_expression]
}

run "rate_of_several_in_the_singular" {
  command = plan

  variables {
    schedule_expression = "rate(5 minute)"
  }

  expect_failures = [var.schedule_expression]
}

run "cron_of_five_fields" {
  command = plan

  variables {
    schedule_expression = "cron(0 6 * * *)"
  }

  expect_failures = [var.schedule_expression]
}

run "schedule_too_long" {
  command = plan

  variables {
    schedule_expression = "cron(${join(",", range(100))} * * * ? *)"
  }

  expect_failures = [var.schedule_expression]
}

run "input_that_is_not_json" {
  command = plan

  variables {
    input = "gin"
  }

  expect_failures = [var.input]
}

run "input_too_long" {
  command = plan

  variables {
    input = jsonencode(format("%8192s", "gin"))
  }

  expect_failures = [var.input]
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
