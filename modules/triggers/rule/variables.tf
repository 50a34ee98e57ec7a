variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

# The provider checks names, lengths and the pattern's JSON at plan.
variable "rule" {
  description = "The EventBridge rule, which runs on a schedule or matches events: either schedule_expression or event_pattern is set."
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
}
