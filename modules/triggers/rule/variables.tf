variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the EventBridge rule."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.name))
    error_message = "The name of a rule has 1 to 64 letters, digits, dots, hyphens and underscores."
  }
}

variable "task_name" {
  description = "Key by which the function finds the handler; it arrives beside the event."
  type        = string
  nullable    = false

  validation {
    condition     = var.task_name != ""
    error_message = "The task name is not empty."
  }
}

variable "schedule_expression" {
  description = "When the rule fires, as rate(...) or cron(...) in UTC; null where it fires on events."
  type        = string
  default     = null

  validation {
    condition     = (var.schedule_expression == null) != (var.event_pattern == null)
    error_message = "A rule fires by the clock or on events: give either schedule_expression or event_pattern."
  }

  validation {
    condition     = var.schedule_expression == null ? true : length(var.schedule_expression) <= 256
    error_message = "A schedule expression has at most 256 characters."
  }

  validation {
    condition = var.schedule_expression == null ? true : anytrue([
      can(regex("^rate\\(1 (minute|hour|day)\\)$", var.schedule_expression)),
      can(regex("^rate\\(([2-9]|[1-9]\\d+) (minutes|hours|days)\\)$", var.schedule_expression)),
      can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.schedule_expression)),
    ])
    error_message = "A schedule expression is rate(1 hour), rate(5 minutes) or alike, the unit in the singular after 1 only, or cron(...) with six fields."
  }
}

variable "event_pattern" {
  description = "Which events the rule fires on, in JSON; null where it fires by the clock."
  type        = string
  default     = null

  validation {
    condition = var.event_pattern == null ? true : (
      can(keys(jsondecode(var.event_pattern))) ? length(jsondecode(var.event_pattern)) > 0 : false
    )
    error_message = "An event pattern is a JSON object with at least one field."
  }

  validation {
    condition     = can(jsondecode(var.event_pattern)) ? length(jsonencode(jsondecode(var.event_pattern))) <= 4096 : true
    error_message = "EventBridge takes at most 4096 characters as an event pattern."
  }
}

variable "event_bus_name" {
  description = "Name of the event bus whose events the rule sees."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = can(regex("^[/.\\-_A-Za-z0-9]{1,256}$", var.event_bus_name))
    error_message = "The name of an event bus has 1 to 256 letters, digits, slashes, dots, hyphens and underscores."
  }

  validation {
    condition     = var.event_bus_name == "default" || var.event_pattern != null
    error_message = "EventBridge takes schedules on the default event bus only."
  }
}

variable "input" {
  description = "What the handler gets as its event, in JSON; null gives it the event of EventBridge."
  type        = string
  default     = null

  validation {
    condition     = var.input == null ? true : can(jsondecode(var.input))
    error_message = "The input is JSON."
  }

  validation {
    condition = can(jsondecode(var.input)) ? length(
      jsonencode({ task_name = var.task_name, event = jsondecode(var.input) })
    ) <= 8192 : true
    error_message = "EventBridge takes at most 8192 characters as the input of a target, var.input and var.task_name together."
  }
}

variable "enabled" {
  description = "Whether the rule fires."
  type        = bool
  default     = true
  nullable    = false
}

variable "description" {
  description = "What the rule is for; null leaves it empty."
  type        = string
  default     = null

  validation {
    condition     = var.description == null ? true : length(var.description) <= 512
    error_message = "The description of a rule has at most 512 characters."
  }
}

variable "tags" {
  description = "Tags of the rule."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
