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
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size >= 1 && var.mapping.batch_size <= 10000 && floor(var.mapping.batch_size) == var.mapping.batch_size
    error_message = "The batch size must be a whole number from 1 to 10000."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size <= 10 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "The batch size for a FIFO queue can be at most 10."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size <= 10 || coalesce(var.mapping.maximum_batching_window_in_seconds, 0) > 0 || can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A batch size over 10 needs a maximum_batching_window_in_seconds of at least 1."
  }

  validation {
    condition     = var.mapping.maximum_batching_window_in_seconds == null ? true : var.mapping.maximum_batching_window_in_seconds >= 0 && var.mapping.maximum_batching_window_in_seconds <= 300 && floor(var.mapping.maximum_batching_window_in_seconds) == var.mapping.maximum_batching_window_in_seconds
    error_message = "The batching window must be a whole number from 0 to 300, in seconds."
  }

  validation {
    condition     = coalesce(var.mapping.maximum_batching_window_in_seconds, 0) == 0 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A FIFO queue does not support a batching window."
  }

  validation {
    condition     = var.mapping.maximum_concurrency == null ? true : var.mapping.maximum_concurrency >= 2 && var.mapping.maximum_concurrency <= 1000 && floor(var.mapping.maximum_concurrency) == var.mapping.maximum_concurrency
    error_message = "The maximum concurrency must be a whole number from 2 to 1000."
  }

  validation {
    condition     = var.mapping.filters == null ? true : length(var.mapping.filters) >= 1 && length(var.mapping.filters) <= 5
    error_message = "There must be 1 to 5 filters; null means none."
  }

  validation {
    condition     = var.mapping.filters == null ? true : alltrue([for filter in var.mapping.filters : can(keys(jsondecode(filter))) && length(filter) <= 4096])
    error_message = "Each filter must be a JSON object of at most 4096 characters."
  }
}
