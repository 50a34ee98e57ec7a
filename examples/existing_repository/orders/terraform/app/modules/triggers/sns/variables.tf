variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "subscription" {
  description = <<-EOT
    The subscription.
    topic_arn: ARN of the topic.
    source_name: name of the topic, from which the ID of the permission's statement follows. It must be known in each plan, unlike the ARN, and differ from those of the function's other subscriptions.
    filter_policy: filter policy in JSON, which selects the messages that reach the function; null selects all.
    filter_policy_scope: what the filter policy applies to, MessageAttributes or MessageBody; null means MessageAttributes.
  EOT
  type = object({
    topic_arn           = string
    source_name         = string
    filter_policy       = optional(string)
    filter_policy_scope = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.subscription.topic_arn))
    error_message = "The ARN of the topic must have the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
  }

  validation {
    condition     = try(split(":", var.subscription.topic_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The topic is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }

  validation {
    condition     = !endswith(var.subscription.topic_arn, ".fifo")
    error_message = "A FIFO topic cannot invoke a function. Subscribe an SQS queue to the topic and let the function read the queue."
  }
}
