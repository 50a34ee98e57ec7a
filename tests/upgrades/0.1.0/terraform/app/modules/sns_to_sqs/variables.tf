variable "topic_arn" {
  description = "ARN of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of a topic begins with arn:, a partition and :sns:."
  }
}

variable "queue" {
  description = "The queue, whose whole policy this is."
  type = object({
    arn = string
    url = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sqs:", var.queue.arn))
    error_message = "The ARN of a queue begins with arn:, a partition and :sqs:."
  }
}
