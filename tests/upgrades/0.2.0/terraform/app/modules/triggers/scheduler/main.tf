locals {
  group_arn = split(":", var.schedule.group.arn)

  # Scheduler replaces <aws.scheduler...> when the schedule runs. jsonencode writes < and > as \u003c and \u003e. This
  # is reversed only here, for the module's own text, so Scheduler never replaces anything in a caller's text.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
  scheduled_event = replace(replace(jsonencode({
    version     = "0"
    id          = "<aws.scheduler.execution-id>"
    detail-type = "Scheduled Event"
    source      = "aws.scheduler"
    account     = local.group_arn[4]
    region      = local.group_arn[3]
    time        = "<aws.scheduler.scheduled-time>"
    resources   = ["<aws.scheduler.schedule-arn>"]
    detail      = {}
  }), "\\u003c", "<"), "\\u003e", ">")

  event = var.schedule.input == null ? local.scheduled_event : jsonencode(jsondecode(var.schedule.input))
}

resource "aws_scheduler_schedule" "this" {
  name                         = var.schedule.name
  group_name                   = var.schedule.group.name
  description                  = var.schedule.description
  schedule_expression          = var.schedule.schedule_expression
  schedule_expression_timezone = var.schedule.schedule_expression_timezone
  state                        = var.schedule.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.function.arn
    role_arn = aws_iam_role.this.arn
    input    = "{\"task_name\": ${jsonencode(var.schedule.task_name)}, \"event\": ${local.event}}"

    retry_policy {
      maximum_event_age_in_seconds = var.schedule.maximum_event_age_in_seconds
      maximum_retry_attempts       = var.schedule.maximum_retry_attempts
    }
  }

  # A schedule that runs before its role can invoke the function fails.
  depends_on = [aws_iam_role_policy.invoke]
}

resource "aws_iam_role" "this" {
  name = var.schedule.role_name
  tags = var.schedule.tags

  # Scheduler passes the ARN of the schedule group as the source, not that of the schedule.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.group_arn[4]
          "aws:SourceArn"     = var.schedule.group.arn
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "invoke" {
  name = "invoke"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [var.function.arn]
    }]
  })
}
