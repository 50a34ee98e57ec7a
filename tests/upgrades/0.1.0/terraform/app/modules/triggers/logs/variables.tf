variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "filter" {
  description = "The subscription filter. name is its name. log_group_arn is the ARN of the log group, with or without :* at its end. pattern says which log events reach the function; an empty pattern lets all through."
  type = object({
    name          = string
    log_group_arn = string
    pattern       = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[^:*]{1,512}$", var.filter.name))
    error_message = "The name of a subscription filter has 1 to 512 characters, none of them : or *."
  }

  validation {
    condition     = can(regex("^arn:[^:]+:logs:[^:]+:[0-9]+:log-group:[^:]+(:[*])?$", var.filter.log_group_arn))
    error_message = "The ARN of a log group has the form arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME."
  }

  validation {
    condition     = length(var.filter.pattern) <= 1024
    error_message = "A filter pattern has at most 1,024 characters."
  }
}
