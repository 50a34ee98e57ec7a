mock_provider "aws" {
  mock_resource "aws_scheduler_schedule" {
    defaults = {
      arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/bar-dev/bar-dev-restock"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/bar-dev-restock.schedule"
    }
  }
}

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

run "defaults" {
  assert {
    condition     = aws_scheduler_schedule.this.name == "bar-dev-restock" && aws_scheduler_schedule.this.group_name == "bar-dev" && aws_scheduler_schedule.this.description == null
    error_message = "The schedule has its name, its group and no description."
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression == "at(2030-02-28T18:00:00)" && aws_scheduler_schedule.this.schedule_expression_timezone == "UTC" && aws_scheduler_schedule.this.state == "ENABLED"
    error_message = "The schedule runs at its time, in UTC."
  }

  assert {
    condition     = aws_scheduler_schedule.this.flexible_time_window[0].mode == "OFF"
    error_message = "The schedule runs at its time, not within a window."
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].arn == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev" && aws_scheduler_schedule.this.target[0].role_arn == "arn:aws:iam::123456789012:role/bar-dev-restock.schedule"
    error_message = "The schedule invokes the function with its role."
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].input == "{\"task_name\": \"restock\", \"event\": {\"account\":\"123456789012\",\"detail\":{},\"detail-type\":\"Scheduled Event\",\"id\":\"<aws.scheduler.execution-id>\",\"region\":\"us-east-1\",\"resources\":[\"<aws.scheduler.schedule-arn>\"],\"source\":\"aws.scheduler\",\"time\":\"<aws.scheduler.scheduled-time>\",\"version\":\"0\"}}"
    error_message = "The function receives a scheduled event beside the task name."
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_event_age_in_seconds == 86400 && aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_retry_attempts == 185
    error_message = "Scheduler retries as long and as often as possible."
  }

  assert {
    condition = jsondecode(aws_iam_role.this["this"].assume_role_policy).Statement == [{
      Sid       = "AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = "123456789012"
          "aws:SourceArn"     = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev"
        }
      }
    }]
    error_message = "Only Scheduler can assume the role, for schedules of the group."
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "bar-dev-restock.schedule" && aws_iam_role_policy.invoke["this"].role == "bar-dev-restock.schedule"
    error_message = "The role has its name and its policy."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.invoke["this"].policy).Statement == [{
      Sid      = "InvokeFunction"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev"]
    }]
    error_message = "The role can only invoke the function."
  }

  assert {
    condition     = output.schedule_arn == "arn:aws:scheduler:us-east-1:123456789012:schedule/bar-dev/bar-dev-restock"
    error_message = "The output identifies the schedule."
  }
}

run "every_input_reaches_its_resource" {
  command = plan

  variables {
    schedule = {
      group                        = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                         = "bar-dev-restock"
      role_name                    = "bar-dev-restock.schedule"
      task_name                    = "restock"
      schedule_expression          = "cron(0/15 6 ? * MON-FRI *)"
      schedule_expression_timezone = "America/Argentina/Buenos_Aires"
      enabled                      = false
      description                  = "orders \"gin\"\nfor $${x}"
      tags                         = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression == "cron(0/15 6 ? * MON-FRI *)" && aws_scheduler_schedule.this.schedule_expression_timezone == "America/Argentina/Buenos_Aires"
    error_message = "A cron expression and its time zone are passed on."
  }

  assert {
    condition     = aws_scheduler_schedule.this.state == "DISABLED"
    error_message = "A schedule that is not enabled is disabled."
  }

  assert {
    condition     = aws_scheduler_schedule.this.description == "orders \"gin\"\nfor $${x}"
    error_message = "The description is passed on unchanged."
  }

  assert {
    condition     = aws_iam_role.this["this"].tags == tomap({ stage = "dev" })
    error_message = "The role is tagged."
  }
}

run "rate" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "rate(1 day)"
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression == "rate(1 day)"
    error_message = "A rate is passed on."
  }
}

run "time_zone_null_is_utc" {
  command = plan

  variables {
    schedule = {
      group                        = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                         = "bar-dev-restock"
      role_name                    = "bar-dev-restock.schedule"
      task_name                    = "restock"
      schedule_expression          = "at(2030-02-28T18:00:00)"
      schedule_expression_timezone = null
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this.schedule_expression_timezone == "UTC"
    error_message = "The schedule runs in UTC."
  }
}

run "input_replaces_the_event" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock \"gin\""
      schedule_expression = "at(2030-02-28T18:00:00)"
      input               = jsonencode({ drink = "gin & <tonic>", bottles = [1, 2.5, null] })
    }
  }

  assert {
    condition = jsondecode(aws_scheduler_schedule.this.target[0].input) == {
      task_name = "restock \"gin\""
      event     = { drink = "gin & <tonic>", bottles = [1, 2.5, null] }
    }
    error_message = "The function receives the input beside the task name."
  }
}

# Scheduler replaces attributes in angle brackets; none of them can come from the caller.
run "input_contains_no_context_attribute" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "<aws.scheduler.schedule-arn>"
      schedule_expression = "at(2030-02-28T18:00:00)"
      input               = "{\"<aws.scheduler.execution-id>\": \"<aws.scheduler.scheduled-time>\"}"
    }
  }

  assert {
    condition     = length(regexall("[<>]", aws_scheduler_schedule.this.target[0].input)) == 0
    error_message = "Angle brackets are escaped, also in a caller's handwritten JSON."
  }

  assert {
    condition = jsondecode(aws_scheduler_schedule.this.target[0].input) == {
      task_name = "<aws.scheduler.schedule-arn>"
      event     = { "<aws.scheduler.execution-id>" = "<aws.scheduler.scheduled-time>" }
    }
    error_message = "The function receives the text unchanged."
  }
}

run "task_name_contains_no_context_attribute" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "\"<aws.scheduler.schedule-arn>\" \\u003c \\ $${x}\n"
      schedule_expression = "at(2030-02-28T18:00:00)"
    }
  }

  assert {
    condition     = startswith(aws_scheduler_schedule.this.target[0].input, "{\"task_name\": \"\\\"\\u003caws.scheduler.schedule-arn\\u003e\\\" \\\\u003c \\\\ $${x}\\n\", \"event\": {")
    error_message = "Quotes, backslashes and angle brackets of a task name are escaped."
  }
}

run "role_settings" {
  command = plan

  variables {
    schedule = {
      group                = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                 = "bar-dev-restock"
      role_name            = "bar-dev-restock.schedule"
      task_name            = "restock"
      schedule_expression  = "at(2030-02-28T18:00:00)"
      permissions_boundary = "arn:aws:iam::123456789012:policy/Bounds"
      role_path            = "/apps/"
      role_name_prefix     = "team-"
    }
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "team-bar-dev-restock.schedule" && aws_iam_role.this["this"].path == "/apps/" && aws_iam_role.this["this"].permissions_boundary == "arn:aws:iam::123456789012:policy/Bounds"
    error_message = "The prefix, the path and the permissions boundary reach the role."
  }
}

run "role_name_too_long_after_its_prefix" {
  command = plan

  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = format("%064d", 0)
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role_name_prefix    = "team-"
    }
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "team-${format("%050d", 0)}.${substr(sha256("team-${format("%064d", 0)}"), 0, 8)}"
    error_message = "A digest takes the place of the end of a long name."
  }

  assert {
    condition     = length(aws_iam_role.this["this"].name) == 64
    error_message = "IAM accepts the name of the role."
  }
}

run "existing_role" {
  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      role                = { arn = "arn:aws:iam::123456789012:role/apps/schedules" }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].role_arn == "arn:aws:iam::123456789012:role/apps/schedules"
    error_message = "The schedule uses the existing role."
  }

  assert {
    condition     = length(aws_iam_role.this) + length(aws_iam_role_policy.invoke) == 0
    error_message = "No role is created, and nothing is attached to the existing one."
  }
}

run "key" {
  variables {
    schedule = {
      group               = { name = "bar-dev", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/bar-dev" }
      name                = "bar-dev-restock"
      role_name           = "bar-dev-restock.schedule"
      task_name           = "restock"
      schedule_expression = "at(2030-02-28T18:00:00)"
      kms_key             = { arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this.kms_key_arn == "arn:aws:kms:us-east-1:123456789012:key/1"
    error_message = "The key encrypts the input."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.invoke["this"].policy).Statement[1] == {
      Sid      = "ReadInput"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = ["arn:aws:kms:us-east-1:123456789012:key/1"]
    }
    error_message = "The role can decrypt the input."
  }
}
