variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "group" {
  description = "The schedule group; only schedules of this group may use the role."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the schedule, unique in its group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.name))
    error_message = "The name of a schedule has 1 to 64 letters, digits, dots, hyphens and underscores."
  }
}

variable "role_name" {
  description = "Name of the role by which Scheduler invokes the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.role_name))
    error_message = "The name of a role has 1 to 64 letters, digits and characters of _+=,.@-."
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
  description = "When the schedule fires, as rate(...), cron(...) or at(yyyy-mm-ddThh:mm:ss)."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.schedule_expression) <= 256
    error_message = "A schedule expression has at most 256 characters."
  }

  validation {
    condition = anytrue([
      can(regex("^rate\\(1 (minute|hour|day)\\)$", var.schedule_expression)),
      can(regex("^rate\\(([2-9]|[1-9]\\d+) (minutes|hours|days)\\)$", var.schedule_expression)),
      can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.schedule_expression)),
      can(regex("^at\\(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\)$", var.schedule_expression)),
    ])
    error_message = "A schedule expression is rate(1 hour), rate(5 minutes) or alike, the unit in the singular after 1 only, cron(...) with six fields, or at(yyyy-mm-ddThh:mm:ss)."
  }

  validation {
    condition = startswith(var.schedule_expression, "at(") ? can(
      timeadd("${trimsuffix(trimprefix(var.schedule_expression, "at("), ")")}Z", "0s")
    ) : true
    error_message = "There is no such date and time."
  }
}

variable "schedule_expression_timezone" {
  description = "Name of the time zone of cron(...) and at(...) in the IANA database."
  type        = string
  default     = "UTC"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_+/-]{1,50}$", var.schedule_expression_timezone))
    error_message = "A time zone has 1 to 50 letters, digits and characters of _+/-, as Europe/Vienna."
  }
}

variable "input" {
  description = "What the handler gets as its event, in JSON; null gives it a scheduled event."
  type        = string
  default     = null

  validation {
    condition     = var.input == null ? true : can(jsondecode(var.input))
    error_message = "The input is JSON."
  }
}

variable "maximum_event_age_in_seconds" {
  description = "For how long Scheduler tries to invoke the function, in seconds."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition = (
      var.maximum_event_age_in_seconds >= 60 && var.maximum_event_age_in_seconds <= 86400
      && floor(var.maximum_event_age_in_seconds) == var.maximum_event_age_in_seconds
    )
    error_message = "Scheduler tries for 60 to 86400 seconds, in whole seconds."
  }
}

variable "maximum_retry_attempts" {
  description = "How often Scheduler tries again to invoke the function."
  type        = number
  default     = 185
  nullable    = false

  validation {
    condition = (
      var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 185
      && floor(var.maximum_retry_attempts) == var.maximum_retry_attempts
    )
    error_message = "Scheduler tries again at most 185 times."
  }
}

variable "enabled" {
  description = "Whether the schedule fires."
  type        = bool
  default     = true
  nullable    = false
}

variable "description" {
  description = "What the schedule is for; null leaves it empty."
  type        = string
  default     = null

  validation {
    condition     = var.description == null ? true : length(var.description) <= 512
    error_message = "The description of a schedule has at most 512 characters."
  }
}

variable "tags" {
  description = "Tags of the role; Scheduler has none for a schedule."
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
