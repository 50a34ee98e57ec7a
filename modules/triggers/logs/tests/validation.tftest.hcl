mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  name           = "bar-dev-watch"
  log_group_arn  = "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till"
  filter_pattern = ""
}

run "log_group_by_name" {
  command = plan

  variables {
    log_group_arn = "/bar/till"
  }

  expect_failures = [var.log_group_arn]
}

run "log_group_that_is_a_topic" {
  command = plan

  variables {
    log_group_arn = "arn:aws:sns:us-east-1:123456789012:bartender"
  }

  expect_failures = [var.log_group_arn]
}

run "log_group_that_is_a_stream" {
  command = plan

  variables {
    log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till:log-stream:1"
  }

  expect_failures = [var.log_group_arn]
}

run "name_that_is_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "name_with_a_colon" {
  command = plan

  variables {
    name = "bar:watch"
  }

  expect_failures = [var.name]
}

run "name_that_is_too_long" {
  command = plan

  variables {
    name = join("", [for n in range(513) : "x"])
  }

  expect_failures = [var.name]
}

run "pattern_that_is_too_long" {
  command = plan

  variables {
    filter_pattern = "${join("", [for n in range(1024) : "x"])}x"
  }

  expect_failures = [var.filter_pattern]
}
