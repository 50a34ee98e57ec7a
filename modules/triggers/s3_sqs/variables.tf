variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
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
    The bucket whose events the queue receives.
    name: name of the bucket. It must belong to the function's account: if it is deleted, someone else could create one with its name.
  EOT
  type = object({
    name = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{3,255}$", var.bucket.name))
    error_message = "The name of the bucket must have 3 to 255 characters: letters, digits, dots, hyphens and underscores. It is not an ARN."
  }
}
