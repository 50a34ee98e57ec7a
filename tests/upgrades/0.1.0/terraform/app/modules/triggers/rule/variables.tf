variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "rule" {
  description = "The EventBridge rule. name is its name. task_name is the key by which the function finds the handler; it arrives beside the event. schedule_expression is when the rule fires, as rate(...) or cron(...) in UTC; null where it fires on events. event_pattern is which events it fires on, in JSON; null where it fires by the clock. event_bus_name is the name of the event bus whose events it sees. input is what the handler gets as its event, in JSON; null gives it the event of EventBridge. enabled is whether the rule fires. description is what it is for; null leaves it empty. tags are its tags."
  type = object({
    name                = string
    task_name           = string
    schedule_expression = optional(string)
    event_pattern       = optional(string)
    event_bus_name      = optional(string, "default")
    input               = optional(string)
    enabled             = optional(bool, true)
    description         = optional(string)
    tags                = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.rule.name))
    error_message = "The name of a rule has 1 to 64 letters, digits, dots, hyphens and underscores."
  }

  validation {
    condition     = var.rule.task_name != null && var.rule.task_name != ""
    error_message = "The task name is not empty."
  }

  validation {
    condition     = (var.rule.schedule_expression == null) != (var.rule.event_pattern == null)
    error_message = "A rule fires by the clock or on events: give either schedule_expression or event_pattern."
  }

  validation {
    condition     = var.rule.schedule_expression == null ? true : length(var.rule.schedule_expression) <= 256
    error_message = "A schedule expression has at most 256 characters."
  }

  validation {
    condition = var.rule.schedule_expression == null ? true : anytrue([
      can(regex("^rate\\(1 (minute|hour|day)\\)$", var.rule.schedule_expression)),
      can(regex("^rate\\(([2-9]|[1-9]\\d+) (minutes|hours|days)\\)$", var.rule.schedule_expression)),
      can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.rule.schedule_expression)),
    ])
    error_message = "A schedule expression is rate(1 hour), rate(5 minutes) or alike, the unit in the singular after 1 only, or cron(...) with six fields."
  }

  validation {
    condition = var.rule.event_pattern == null ? true : (
      can(keys(jsondecode(var.rule.event_pattern))) ? length(jsondecode(var.rule.event_pattern)) > 0 : false
    )
    error_message = "An event pattern is a JSON object with at least one field."
  }

  validation {
    condition     = can(jsondecode(var.rule.event_pattern)) ? length(jsonencode(jsondecode(var.rule.event_pattern))) <= 4096 : true
    error_message = "EventBridge takes at most 4096 characters as an event pattern."
  }

  validation {
    condition     = can(regex("^[/.\\-_A-Za-z0-9]{1,256}$", var.rule.event_bus_name))
    error_message = "The name of an event bus has 1 to 256 letters, digits, slashes, dots, hyphens and underscores."
  }

  validation {
    condition     = var.rule.event_bus_name == "default" || var.rule.event_pattern != null
    error_message = "EventBridge takes schedules on the default event bus only."
  }

  validation {
    condition     = var.rule.input == null ? true : can(jsondecode(var.rule.input))
    error_message = "The input is JSON."
  }

  validation {
    condition = can(jsondecode(var.rule.input)) ? length(
      jsonencode({ task_name = var.rule.task_name, event = jsondecode(var.rule.input) })
    ) <= 8192 : true
    error_message = "EventBridge takes at most 8192 characters as the input of a target, input and task_name together."
  }

  validation {
    condition     = var.rule.description == null ? true : length(var.rule.description) <= 512
    error_message = "The description of a rule has at most 512 characters."
  }

  validation {
    condition = length(var.rule.tags) <= 50 && alltrue([
      for key, value in var.rule.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
