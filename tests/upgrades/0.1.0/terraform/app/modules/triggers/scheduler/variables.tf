variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "schedule" {
  description = "The schedule. group is its schedule group; only schedules of this group may use the role. name is its name, unique in the group. role_name is the name of the role by which Scheduler invokes the function. task_name is the key by which the function finds the handler; it arrives beside the event. schedule_expression is when the schedule fires, as rate(...), cron(...) or at(yyyy-mm-ddThh:mm:ss). schedule_expression_timezone is the name of the time zone of cron(...) and at(...) in the IANA database. input is what the handler gets as its event, in JSON; null gives it a scheduled event. maximum_event_age_in_seconds is for how long Scheduler tries to invoke the function, and maximum_retry_attempts how often it tries again. enabled is whether the schedule fires. description is what it is for; null leaves it empty. tags are those of the role; Scheduler has none for a schedule."
  type = object({
    group = object({
      name = string
      arn  = string
    })
    name                         = string
    role_name                    = string
    task_name                    = string
    schedule_expression          = string
    schedule_expression_timezone = optional(string, "UTC")
    input                        = optional(string)
    maximum_event_age_in_seconds = optional(number, 86400)
    maximum_retry_attempts       = optional(number, 185)
    enabled                      = optional(bool, true)
    description                  = optional(string)
    tags                         = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^[.\\-_A-Za-z0-9]{1,64}$", var.schedule.name))
    error_message = "The name of a schedule has 1 to 64 letters, digits, dots, hyphens and underscores."
  }

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.schedule.role_name))
    error_message = "The name of a role has 1 to 64 letters, digits and characters of _+=,.@-."
  }

  validation {
    condition     = var.schedule.task_name != null && var.schedule.task_name != ""
    error_message = "The task name is not empty."
  }

  validation {
    condition     = try(length(var.schedule.schedule_expression) <= 256, true)
    error_message = "A schedule expression has at most 256 characters."
  }

  validation {
    condition = anytrue([
      can(regex("^rate\\(1 (minute|hour|day)\\)$", var.schedule.schedule_expression)),
      can(regex("^rate\\(([2-9]|[1-9]\\d+) (minutes|hours|days)\\)$", var.schedule.schedule_expression)),
      can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.schedule.schedule_expression)),
      can(regex("^at\\(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\)$", var.schedule.schedule_expression)),
    ])
    error_message = "A schedule expression is rate(1 hour), rate(5 minutes) or alike, the unit in the singular after 1 only, cron(...) with six fields, or at(yyyy-mm-ddThh:mm:ss)."
  }

  validation {
    condition = try(startswith(var.schedule.schedule_expression, "at("), false) ? can(
      timeadd("${trimsuffix(trimprefix(var.schedule.schedule_expression, "at("), ")")}Z", "0s")
    ) : true
    error_message = "There is no such date and time."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_+/-]{1,50}$", var.schedule.schedule_expression_timezone))
    error_message = "A time zone has 1 to 50 letters, digits and characters of _+/-, as Europe/Vienna."
  }

  validation {
    condition     = var.schedule.input == null ? true : can(jsondecode(var.schedule.input))
    error_message = "The input is JSON."
  }

  validation {
    condition = (
      var.schedule.maximum_event_age_in_seconds >= 60 && var.schedule.maximum_event_age_in_seconds <= 86400
      && floor(var.schedule.maximum_event_age_in_seconds) == var.schedule.maximum_event_age_in_seconds
    )
    error_message = "Scheduler tries for 60 to 86400 seconds, in whole seconds."
  }

  validation {
    condition = (
      var.schedule.maximum_retry_attempts >= 0 && var.schedule.maximum_retry_attempts <= 185
      && floor(var.schedule.maximum_retry_attempts) == var.schedule.maximum_retry_attempts
    )
    error_message = "Scheduler tries again at most 185 times."
  }

  validation {
    condition     = var.schedule.description == null ? true : length(var.schedule.description) <= 512
    error_message = "The description of a schedule has at most 512 characters."
  }

  validation {
    condition = length(var.schedule.tags) <= 50 && alltrue([
      for key, value in var.schedule.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
