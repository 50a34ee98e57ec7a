variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "filter" {
  description = <<-EOT
    The subscription filter.
    name: name of the filter.
    log_group_arn: ARN of the log group, with or without :* at its end.
    source_name: name of the log group, from which the ID of the permission's statement follows. It must be known in each plan, unlike the ARN, and differ from those of the function's other filters.
    pattern: filter pattern, which selects the log events that reach the function; an empty pattern selects all.
  EOT
  type = object({
    name          = string
    log_group_arn = string
    source_name   = string
    pattern       = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:logs:[^:]+:[0-9]+:log-group:[^:]+(:[*])?$", var.filter.log_group_arn))
    error_message = "The ARN of the log group must have the form arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME, with or without :* at its end."
  }

  validation {
    condition     = try(split(":", var.filter.log_group_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The log group is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }
}
