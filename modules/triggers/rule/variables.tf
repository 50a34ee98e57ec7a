variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

# The provider checks names, lengths and the pattern's JSON at plan.
variable "rule" {
  description = "The EventBridge rule, which runs on a schedule or matches events."
  type = object({
    name                = string
    task_name           = string                      # Key by which the function finds the handler, passed beside the event.
    schedule_expression = optional(string)            # When the rule runs, as rate(...) or cron(...) in UTC.
    event_pattern       = optional(string)            # Pattern of the events that the rule matches, in JSON.
    event_bus_name      = optional(string, "default") # Name or ARN of the event bus whose events the rule receives.
    input               = optional(string)            # Event for the handler, in JSON; null passes the event of EventBridge.
    enabled             = optional(bool, true)
    description         = optional(string)
    target_id           = optional(string, "function")
    tags                = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = (var.rule.schedule_expression == null) != (var.rule.event_pattern == null)
    error_message = "A rule runs on a schedule or on events. Set either schedule_expression or event_pattern, not both."
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
    condition     = var.rule.event_bus_name == "default" || var.rule.event_pattern != null
    error_message = "Schedules are supported on the default event bus only."
  }
}
