variable "function" {
  description = "The function to invoke; its role may read the queue."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "queue_arn" {
  description = "ARN of the queue."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sqs:", var.queue_arn))
    error_message = "The ARN of a queue begins with arn:, a partition and :sqs:."
  }
}

variable "batch_size" {
  description = "The most messages in an event; null means 10."
  type        = number
  default     = null

  validation {
    condition     = var.batch_size == null ? true : var.batch_size >= 1 && var.batch_size <= 10000 && floor(var.batch_size) == var.batch_size
    error_message = "A batch has 1 to 10000 messages."
  }

  validation {
    condition     = var.batch_size == null ? true : var.batch_size <= 10 || !endswith(var.queue_arn, ".fifo")
    error_message = "A batch from a FIFO queue has at most 10 messages."
  }

  validation {
    condition     = var.batch_size == null ? true : var.batch_size <= 10 || coalesce(var.maximum_batching_window_in_seconds, 0) > 0 || endswith(var.queue_arn, ".fifo")
    error_message = "A batch of more than 10 messages needs var.maximum_batching_window_in_seconds."
  }
}

variable "maximum_batching_window_in_seconds" {
  description = "For how many seconds messages are gathered before the function is invoked; null means not at all."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_batching_window_in_seconds == null ? true : var.maximum_batching_window_in_seconds >= 0 && var.maximum_batching_window_in_seconds <= 300 && floor(var.maximum_batching_window_in_seconds) == var.maximum_batching_window_in_seconds
    error_message = "A batching window has 0 to 300 seconds."
  }

  validation {
    condition     = coalesce(var.maximum_batching_window_in_seconds, 0) == 0 || !endswith(var.queue_arn, ".fifo")
    error_message = "A FIFO queue takes no batching window."
  }
}

variable "maximum_concurrency" {
  description = "The most invocations for this queue at a time; null means as many as the account has."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_concurrency == null ? true : var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "The maximum concurrency is 2 to 1000."
  }
}

variable "filters" {
  description = "Filter patterns in JSON: messages that match none are deleted, unseen; null lets all through."
  type        = list(string)
  default     = null

  validation {
    condition     = var.filters == null ? true : length(var.filters) >= 1 && length(var.filters) <= 5
    error_message = "A mapping has 1 to 5 filters, or null for none."
  }

  validation {
    condition     = var.filters == null ? true : alltrue([for filter in var.filters : can(keys(jsondecode(filter))) && length(filter) <= 4096])
    error_message = "A filter is a JSON object of at most 4096 characters."
  }
}

variable "report_batch_item_failures" {
  description = "Whether the function's result says which messages failed, so that only those come again."
  type        = bool
  default     = false
  nullable    = false
}
