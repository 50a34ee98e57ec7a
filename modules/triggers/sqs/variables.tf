variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "mapping" {
  description = <<-EOT
    The event source mapping.
    queue_arn: ARN of the queue.
    role_arn: ARN of the function's role, known once the role can read the queue: Lambda rejects the mapping before that.
    batch_size: maximum number of messages in an event; null means 10.
    maximum_batching_window_in_seconds: how long Lambda gathers messages before it invokes the function; null means not at all.
    maximum_concurrency: maximum number of concurrent invocations for this queue; null means no limit except that of the account.
    filters: patterns in JSON; messages that match none of them are deleted without an invocation. null selects all messages.
    report_batch_item_failures: whether the function's result names the failed messages, so that only those return to the queue.
    tags: tags of the mapping.
  EOT
  type = object({
    queue_arn                          = string
    role_arn                           = string
    batch_size                         = optional(number)
    maximum_batching_window_in_seconds = optional(number)
    maximum_concurrency                = optional(number)
    filters                            = optional(list(string))
    report_batch_item_failures         = optional(bool, false)
    tags                               = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sqs:", var.mapping.queue_arn))
    error_message = "The ARN of the queue must have the form arn:PARTITION:sqs:REGION:ACCOUNT:NAME."
  }

  validation {
    condition     = try(split(":", var.mapping.queue_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The queue is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size <= 10 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "The batch size for a FIFO queue can be at most 10."
  }

  validation {
    condition     = coalesce(var.mapping.maximum_batching_window_in_seconds, 0) == 0 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A FIFO queue does not support a batching window."
  }
}
