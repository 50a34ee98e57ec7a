variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "mapping" {
  description = "The event source mapping. queue_arn is the ARN of the queue. role_arn is the ARN of the function's role once that may read the queue: Lambda refuses the mapping before. batch_size is the most messages in an event; null means 10. maximum_batching_window_in_seconds says for how many seconds messages are gathered before the function is invoked; null means not at all. maximum_concurrency is the most invocations for this queue at a time; null means as many as the account has. filters are patterns in JSON: messages that match none are deleted, unseen; null lets all through. report_batch_item_failures says whether the function's result names the messages that failed, so that only those come again."
  type = object({
    queue_arn                          = string
    role_arn                           = string
    batch_size                         = optional(number)
    maximum_batching_window_in_seconds = optional(number)
    maximum_concurrency                = optional(number)
    filters                            = optional(list(string))
    report_batch_item_failures         = optional(bool, false)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:sqs:", var.mapping.queue_arn))
    error_message = "The ARN of a queue begins with arn:, a partition and :sqs:."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size >= 1 && var.mapping.batch_size <= 10000 && floor(var.mapping.batch_size) == var.mapping.batch_size
    error_message = "A batch has 1 to 10000 messages."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size <= 10 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A batch from a FIFO queue has at most 10 messages."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size <= 10 || coalesce(var.mapping.maximum_batching_window_in_seconds, 0) > 0 || can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A batch of more than 10 messages needs maximum_batching_window_in_seconds."
  }

  validation {
    condition     = var.mapping.maximum_batching_window_in_seconds == null ? true : var.mapping.maximum_batching_window_in_seconds >= 0 && var.mapping.maximum_batching_window_in_seconds <= 300 && floor(var.mapping.maximum_batching_window_in_seconds) == var.mapping.maximum_batching_window_in_seconds
    error_message = "A batching window has 0 to 300 seconds."
  }

  validation {
    condition     = coalesce(var.mapping.maximum_batching_window_in_seconds, 0) == 0 || !can(regex("[.]fifo$", var.mapping.queue_arn))
    error_message = "A FIFO queue takes no batching window."
  }

  validation {
    condition     = var.mapping.maximum_concurrency == null ? true : var.mapping.maximum_concurrency >= 2 && var.mapping.maximum_concurrency <= 1000 && floor(var.mapping.maximum_concurrency) == var.mapping.maximum_concurrency
    error_message = "The maximum concurrency is 2 to 1000."
  }

  validation {
    condition     = var.mapping.filters == null ? true : length(var.mapping.filters) >= 1 && length(var.mapping.filters) <= 5
    error_message = "A mapping has 1 to 5 filters, or null for none."
  }

  validation {
    condition     = var.mapping.filters == null ? true : alltrue([for filter in var.mapping.filters : can(keys(jsondecode(filter))) && length(filter) <= 4096])
    error_message = "A filter is a JSON object of at most 4096 characters."
  }
}
