variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "topic_arn" {
  description = "ARN of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of the topic must have the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
  }

  validation {
    condition     = try(split(":", var.topic_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The topic is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }
}

variable "queue" {
  description = "The queue, whose policy this module writes as a whole."
  type = object({
    arn = string
    url = string
  })
  nullable = false
}

variable "mapping" {
  description = <<-EOT
    The event source mapping.
    role_arn: ARN of the function's role, known once the role can read the queue: Lambda rejects the mapping before that.
    batch_size: maximum number of messages in an event; null means 10.
    report_batch_item_failures: whether the function's result names the failed messages, so that only those return to the queue.
    tags: tags of the mapping.
  EOT
  type = object({
    role_arn                   = string
    batch_size                 = optional(number)
    report_batch_item_failures = optional(bool, false)
    tags                       = optional(map(string), {})
  })
  nullable = false
}

variable "bucket" {
  description = <<-EOT
    The bucket whose events the topic receives; this module then writes the topic's policy as a whole. null means that the topic is another owner's and receives them already.
    name: name of the bucket. It must belong to the function's account: if it is deleted, someone else could create one with its name.
  EOT
  type = object({
    name = string
  })
  default = null

  validation {
    condition     = var.bucket == null ? true : can(regex("^[A-Za-z0-9._-]{3,255}$", var.bucket.name))
    error_message = "The name of the bucket must have 3 to 255 characters: letters, digits, dots, hyphens and underscores. It is not an ARN."
  }
}
