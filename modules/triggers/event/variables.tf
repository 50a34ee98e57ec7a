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

variable "event_pattern" {
  description = "Which events the rule fires on, in JSON."
  type        = string
  nullable    = false

  validation {
    condition     = can(keys(jsondecode(var.event_pattern))) ? length(jsondecode(var.event_pattern)) > 0 : false
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
