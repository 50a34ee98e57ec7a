variable "topic_arn" {
  description = "ARN of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of the topic must have the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
  }
}

variable "queue" {
  description = "The queue, whose policy this module writes as a whole."
  type = object({
    arn = string
    url = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sqs:", var.queue.arn))
    error_message = "The ARN of the queue must have the form arn:PARTITION:sqs:REGION:ACCOUNT:NAME."
  }
}
