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
    pattern       = ""
  }
}

run "log_group_by_name" {
  command = plan

  variables {
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "/bar/till"
      source_name   = "bar"
      pattern       = ""
    }
  }

  expect_failures = [var.filter]
}

run "log_group_that_is_a_topic" {
  command = plan

  variables {
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "arn:aws:sns:us-east-1:123456789012:bartender"
      source_name   = "bar"
      pattern       = ""
    }
  }

  expect_failures = [var.filter]
}

run "log_group_that_is_a_stream" {
  command = plan

  variables {
    filter = {
      name          = "bar-dev-watch"
      log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/bar/till:log-stream:1"
      source_name   = "bar"
      pattern       = ""
    }
  }

  expect_failures = [var.filter]
}

run "log_group_of_another_region" {
  command = plan

  variables {
    filter = {
      name          = "bar"
      log_group_arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/bar"
      source_name   = "/bar"
      pattern       = ""
    }
  }

  expect_failures = [var.filter]
}
