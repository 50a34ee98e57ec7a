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

  # Role names have at most 64 characters: the end of a longer name is replaced by a digest.
  long_name = "${var.schedule.role_name_prefix}${var.schedule.role_name}"
  role_name = length(local.long_name) <= 64 ? local.long_name : "${substr(local.long_name, 0, 55)}.${substr(sha256(local.long_name), 0, 8)}"
  role_arn  = var.schedule.role == null ? one([for role in aws_iam_role.this : role.arn]) : var.schedule.role.arn
}

resource "aws_scheduler_schedule" "this" {
  name                         = var.schedule.name
  group_name                   = var.schedule.group.name
  description                  = var.schedule.description
  schedule_expression          = var.schedule.schedule_expression
  schedule_expression_timezone = var.schedule.schedule_expression_timezone
  state                        = var.schedule.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn                  = one(var.schedule.kms_key[*].arn)

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.function.arn
    role_arn = local.role_arn
    input    = "{\"task_name\": ${jsonencode(var.schedule.task_name)}, \"event\": ${local.event}}"

    # AWS's defaults, which are the maximum. Without the block, the provider would keep other values.
    retry_policy {
      maximum_event_age_in_seconds = 86400
      maximum_retry_attempts       = 185
    }
  }

  # A schedule that runs before its role can invoke the function fails.
  depends_on = [aws_iam_role_policy.invoke]
}

# An existing role is used unchanged: nothing is attached to it.
resource "aws_iam_role" "this" {
  for_each = var.schedule.role == null ? toset(["this"]) : []

  name                 = local.role_name
  path                 = var.schedule.role_path
  permissions_boundary = var.schedule.permissions_boundary
  tags                 = var.schedule.tags

  # Scheduler passes the ARN of the schedule group as the source, not that of the schedule.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRole"
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

moved {
  from = aws_iam_role.this
  to   = aws_iam_role.this["this"]
}

resource "aws_iam_role_policy" "invoke" {
  for_each = aws_iam_role.this

  name = "invoke"
  role = each.value.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "InvokeFunction"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [var.function.arn]
      }],
      [for key in var.schedule.kms_key[*] : {
        Sid      = "ReadInput"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [key.arn]
      }],
    )
  })
}

moved {
  from = aws_iam_role_policy.invoke
  to   = aws_iam_role_policy.invoke["this"]
}
