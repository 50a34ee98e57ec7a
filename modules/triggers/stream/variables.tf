variable "function" {
  description = "The function to invoke; its role may read the stream."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "stream_arn" {
  description = "ARN of a DynamoDB table's stream or of a Kinesis data stream."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:(dynamodb:[^:]+:[0-9]+:table/[^/]+/stream/[^/]+|kinesis:[^:]+:[0-9]+:stream/[^/]+)$", var.stream_arn))
    error_message = "The ARN of a stream has the form arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL or arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME."
  }
}

variable "starting_position" {
  description = "Where reading starts when the mapping is made: TRIM_HORIZON (the oldest record) or LATEST."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["TRIM_HORIZON", "LATEST"], var.starting_position)
    error_message = "The starting position is TRIM_HORIZON or LATEST."
  }
}

variable "batch_size" {
  description = "The most records in an event; null means 100."
  type        = number
  default     = null

  validation {
    condition     = var.batch_size == null ? true : var.batch_size >= 1 && var.batch_size <= 10000 && floor(var.batch_size) == var.batch_size
    error_message = "A batch has 1 to 10000 records."
  }
}

variable "maximum_batching_window_in_seconds" {
  description = "For how many seconds records are gathered before the function is invoked; null means not at all."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_batching_window_in_seconds == null ? true : var.maximum_batching_window_in_seconds >= 0 && var.maximum_batching_window_in_seconds <= 300 && floor(var.maximum_batching_window_in_seconds) == var.maximum_batching_window_in_seconds
    error_message = "A batching window has 0 to 300 seconds."
  }
}

variable "parallelization_factor" {
  description = "How many batches of a shard are handled at a time; null means 1."
  type        = number
  default     = null

  validation {
    condition     = var.parallelization_factor == null ? true : var.parallelization_factor >= 1 && var.parallelization_factor <= 10 && floor(var.parallelization_factor) == var.parallelization_factor
    error_message = "The parallelization factor is 1 to 10."
  }
}

variable "maximum_retry_attempts" {
  description = "After how many retries a batch is discarded; -1, and null, mean no limit."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_retry_attempts == null ? true : var.maximum_retry_attempts >= -1 && var.maximum_retry_attempts <= 10000 && floor(var.maximum_retry_attempts) == var.maximum_retry_attempts
    error_message = "There are 0 to 10000 retries, or -1 for no limit."
  }
}

variable "maximum_record_age_in_seconds" {
  description = "Records older than so many seconds are discarded; -1, and null, mean no limit."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_record_age_in_seconds == null ? true : var.maximum_record_age_in_seconds == -1 || var.maximum_record_age_in_seconds >= 60 && var.maximum_record_age_in_seconds <= 604800 && floor(var.maximum_record_age_in_seconds) == var.maximum_record_age_in_seconds
    error_message = "The maximum age of a record is 60 to 604800 seconds, or -1 for no limit."
  }
}

variable "bisect_batch_on_function_error" {
  description = "Whether a batch that failed is split in two before it comes again."
  type        = bool
  default     = false
  nullable    = false
}

variable "on_failure_arn" {
  description = "ARN of the standard SQS queue or SNS topic that is told of discarded batches; the function's role may send to it. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.on_failure_arn == null ? true : can(regex("^arn:[^:]+:(sqs|sns):[^:]+:[0-9]+:[A-Za-z0-9_-]+$", var.on_failure_arn))
    error_message = "Discarded batches are reported to a standard SQS queue or SNS topic, by its ARN; Lambda takes no FIFO queue or topic here."
  }
}

variable "tumbling_window_in_seconds" {
  description = "For how many seconds the function's state is handed on from batch to batch; null means not at all."
  type        = number
  default     = null

  validation {
    condition     = var.tumbling_window_in_seconds == null ? true : var.tumbling_window_in_seconds >= 0 && var.tumbling_window_in_seconds <= 900 && floor(var.tumbling_window_in_seconds) == var.tumbling_window_in_seconds
    error_message = "A tumbling window has 0 to 900 seconds."
  }
}

variable "filters" {
  description = "Filter patterns in JSON: records that match none are passed over; null lets all through."
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
  description = "Whether the function's result says which record failed first, so that only it and those after it come again."
  type        = bool
  default     = false
  nullable    = false
}
