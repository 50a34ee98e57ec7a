variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the subscription filter."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^:*]{1,512}$", var.name))
    error_message = "The name of a subscription filter has 1 to 512 characters, none of them : or *."
  }
}

variable "log_group_arn" {
  description = "ARN of the log group, with or without :* at its end."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:logs:[^:]+:[0-9]+:log-group:[^:]+(:[*])?$", var.log_group_arn))
    error_message = "The ARN of a log group has the form arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME."
  }
}

variable "filter_pattern" {
  description = "Which log events reach the function; an empty pattern lets all through."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.filter_pattern) <= 1024
    error_message = "A filter pattern has at most 1,024 characters."
  }
}
