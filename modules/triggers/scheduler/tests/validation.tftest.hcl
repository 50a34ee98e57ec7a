mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  schedule = {
    group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
    name                = "bar-dev-restock"
    role_name           = "bar-dev-restock.schedule"
    task_name           = "restock"
    schedule_expression = "at(2030-02-28T18:00:00)"
  }
}

run "role_that_is_a_name" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role                = { arn = "schedules" }
    }
  }

  expect_failures = [var.schedule]
}

run "permissions_boundary_that_is_a_role" {
  command = plan

  variables {
    schedule = {
      group                = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                 = "bar-dev-restock"
      role_name            = "bar-dev-restock.schedule"
      task_name            = "restock"
      schedule_expression  = "at(2030-02-28T18:00:00)"
      permissions_boundary = "arn:aws:iam::123456789012:role/Bounds"
    }
  }

  expect_failures = [var.schedule]
}

run "role_path_without_a_slash_at_its_end" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role_path           = "/apps"
    }
  }

  expect_failures = [var.schedule]
}

run "role_path_too_long" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role_path           = "/${format("%0511d", 0)}/"
    }
  }

  expect_failures = [var.schedule]
}

run "role_name_prefix_with_a_slash" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role_name_prefix    = "apps/"
    }
  }

  expect_failures = [var.schedule]
}

run "role_name_prefix_too_long" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role_name_prefix    = format("%049d", 0)
    }
  }

  expect_failures = [var.schedule]
}
