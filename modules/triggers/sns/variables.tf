variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "topic_arn" {
  description = "ARN of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of a topic begins with arn:, a partition and :sns:."
  }

  validation {
    condition     = !endswith(var.topic_arn, ".fifo")
    error_message = "SNS does not deliver from a FIFO topic to a function: subscribe an SQS queue and let the function read that."
  }
}

variable "filter_policy" {
  description = "Filter policy in JSON: only messages that match reach the function; null lets all through."
  type        = string
  default     = null

  validation {
    condition     = var.filter_policy == null ? true : can(keys(jsondecode(var.filter_policy)))
    error_message = "A filter policy is a JSON object."
  }
}

variable "filter_policy_scope" {
  description = "What the filter policy looks at, MessageAttributes or MessageBody; null means MessageAttributes."
  type        = string
  default     = null

  validation {
    condition     = var.filter_policy_scope == null ? true : contains(["MessageAttributes", "MessageBody"], var.filter_policy_scope)
    error_message = "The scope of a filter policy is MessageAttributes or MessageBody."
  }

  validation {
    condition     = var.filter_policy_scope == null || var.filter_policy != null
    error_message = "The scope of a filter policy means nothing without var.filter_policy."
  }
}
