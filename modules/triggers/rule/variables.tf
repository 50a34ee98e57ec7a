variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "rule" {
  description = <<-EOT
    The EventBridge rule.
    name: name of the rule.
    task_name: key by which the function finds the handler, passed beside the event.
    schedule_expression: when the rule runs, as rate(...) or cron(...) in UTC; null for a rule that matches events.
    event_pattern: pattern of the events that the rule matches, in JSON; null for a rule that runs on a schedule.
    event_bus_name: name or ARN of the event bus whose events the rule receives.
    input: event for the handler, in JSON; null passes the event of EventBridge.
    enabled: whether the rule runs.
    description: description of the rule; null leaves it empty.
    target_id: ID of the target.
    tags: tags of the rule.
  EOT
  type = object({
    name                = string
    task_name           = string
    schedule_expression = optional(string)
    event_pattern       = optional(string)
    event_bus_name      = optional(string, "default")
    input               = optional(string)
    enabled             = optional(bool, true)
    description         = optional(string)
    target_id           = optional(string, "function")
    tags                = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.rule.name))
    error_message = "The rule name must have 1 to 64 characters: letters, digits, dots, hyphens and underscores."
  }

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.rule.target_id))
    error_message = "The ID of the target must have 1 to 64 characters: letters, digits, dots, hyphens and underscores."
  }

  validation {
    condition     = var.rule.task_name != null && var.rule.task_name != ""
    error_message = "The task name must not be empty."
  }

  validation {
    condition     = (var.rule.schedule_expression == null) != (var.rule.event_pattern == null)
    error_message = "A rule runs on a schedule or on events. Set either schedule_expression or event_pattern, not both."
  }

  validation {
    condition     = var.rule.schedule_expression == null ? true : length(var.rule.schedule_expression) <= 256
    error_message = "The schedule expression can have at most 256 characters."
  }

  validation {
    condition = var.rule.schedule_expression == null ? true : anytrue([
      can(regex("^rate\\(1 (minute|hour|day)\\)$", var.rule.schedule_expression)),
      can(regex("^rate\\(([2-9]|[1-9]\\d+) (minutes|hours|days)\\)$", var.rule.schedule_expression)),
      can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.rule.schedule_expression)),
    ])
    error_message = "The schedule expression must be a rate such as rate(5 minutes), with a singular unit for 1 as in rate(1 hour), or a cron(...) with six fields."
  }

  validation {
    condition = var.rule.event_pattern == null ? true : (
      can(keys(jsondecode(var.rule.event_pattern))) ? length(jsondecode(var.rule.event_pattern)) > 0 : false
    )
    error_message = "The event pattern must be a JSON object with at least one field."
  }

  validation {
    condition     = can(jsondecode(var.rule.event_pattern)) ? length(jsonencode(jsondecode(var.rule.event_pattern))) <= 4096 : true
    error_message = "The event pattern can have at most 4096 characters."
  }

  validation {
    condition     = can(regex("^(arn:[^:]+:events:[^:]+:[0-9]+:event-bus/)?[/.\\-_A-Za-z0-9]{1,256}$", var.rule.event_bus_name))
    error_message = "The event bus must be its ARN, or its name of 1 to 256 characters: letters, digits, slashes, dots, hyphens and underscores."
  }

  validation {
    condition     = var.rule.event_bus_name == "default" || var.rule.event_pattern != null
    error_message = "Schedules are supported on the default event bus only."
  }

  validation {
    condition     = var.rule.input == null ? true : can(jsondecode(var.rule.input))
    error_message = "The input must be valid JSON."
  }

  validation {
    condition = can(jsondecode(var.rule.input)) ? length(
      jsonencode({ task_name = var.rule.task_name, event = jsondecode(var.rule.input) })
    ) <= 8192 : true
    error_message = "input and task_name together can have at most 8192 characters as the input of the target."
  }

  validation {
    condition     = var.rule.description == null ? true : length(var.rule.description) <= 512
    error_message = "The description can have at most 512 characters."
  }

  validation {
    condition = length(var.rule.tags) <= 50 && alltrue([
      for key, value in var.rule.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "There can be at most 50 tags. A key must have 1 to 128 characters and must not start with aws:, and a value can have at most 256 characters."
  }
}
