variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "subscription" {
  description = "The subscription. topic_arn is the ARN of the topic. filter_policy is a filter policy in JSON: only messages that match reach the function; null lets all through. filter_policy_scope is what the filter policy looks at, MessageAttributes or MessageBody; null means MessageAttributes."
  type = object({
    topic_arn           = string
    filter_policy       = optional(string)
    filter_policy_scope = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.subscription.topic_arn))
    error_message = "The ARN of a topic begins with arn:, a partition and :sns:."
  }

  validation {
    condition     = !endswith(var.subscription.topic_arn, ".fifo")
    error_message = "SNS does not deliver from a FIFO topic to a function: subscribe an SQS queue and let the function read that."
  }

  validation {
    condition     = var.subscription.filter_policy == null ? true : can(keys(jsondecode(var.subscription.filter_policy)))
    error_message = "A filter policy is a JSON object."
  }

  validation {
    condition     = var.subscription.filter_policy_scope == null ? true : contains(["MessageAttributes", "MessageBody"], var.subscription.filter_policy_scope)
    error_message = "The scope of a filter policy is MessageAttributes or MessageBody."
  }

  validation {
    condition     = var.subscription.filter_policy_scope == null || var.subscription.filter_policy != null
    error_message = "The scope of a filter policy means nothing without filter_policy."
  }
}
