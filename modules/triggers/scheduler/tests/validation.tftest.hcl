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

run "role_name_empty" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = ""
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "role_name_too_long" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = join("", [for i in range(65) : "n"])
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "role_name_with_a_slash" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar/dev"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "schedule_null" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = null
    }
  }

  expect_failures = [var.schedule]
}

run "schedule_without_a_function" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "5 minutes"
    }
  }

  expect_failures = [var.schedule]
}

run "rate_zero" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "rate(0 minutes)"
    }
  }

  expect_failures = [var.schedule]
}

run "rate_of_one_in_the_plural" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "rate(1 minutes)"
    }
  }

  expect_failures = [var.schedule]
}

run "rate_of_several_in_the_singular" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "rate(5 minute)"
    }
  }

  expect_failures = [var.schedule]
}

run "cron_of_five_fields" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "cron(0 6 * * *)"
    }
  }

  expect_failures = [var.schedule]
}

run "time_without_seconds" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-01-01T00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "time_with_a_zone" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-01-01T00:00:00Z)"
    }
  }

  expect_failures = [var.schedule]
}

run "time_on_a_day_that_does_not_exist" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-29T00:00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "time_of_the_25th_hour" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T24:00:00)"
    }
  }

  expect_failures = [var.schedule]
}

run "time_zone_empty" {
  command = plan

  variables {
    schedule = {
      group                        = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                         = "bar-dev-restock"
      role_name                    = "bar-dev-restock.schedule"
      task_name                    = "restock"
      schedule_expression          = "at(2030-02-28T18:00:00)"
      schedule_expression_timezone = ""
    }
  }

  expect_failures = [var.schedule]
}

run "time_zone_with_a_space" {
  command = plan

  variables {
    schedule = {
      group                        = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                         = "bar-dev-restock"
      role_name                    = "bar-dev-restock.schedule"
      task_name                    = "restock"
      schedule_expression          = "at(2030-02-28T18:00:00)"
      schedule_expression_timezone = "Europe/New York"
    }
  }

  expect_failures = [var.schedule]
}

run "time_zone_too_long" {
  command = plan

  variables {
    schedule = {
      group                        = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                         = "bar-dev-restock"
      role_name                    = "bar-dev-restock.schedule"
      task_name                    = "restock"
      schedule_expression          = "at(2030-02-28T18:00:00)"
      schedule_expression_timezone = join("", [for i in range(51) : "z"])
    }
  }

  expect_failures = [var.schedule]
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
