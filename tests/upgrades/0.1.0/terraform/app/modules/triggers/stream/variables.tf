variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "mapping" {
  description = "The event source mapping. stream_arn is the ARN of a DynamoDB table's stream or of a Kinesis data stream. role_arn is the ARN of the function's role once that may read the stream: Lambda refuses the mapping before. starting_position says where reading starts when the mapping is made: TRIM_HORIZON (the oldest record) or LATEST. batch_size is the most records in an event; null means 100. maximum_batching_window_in_seconds says for how many seconds records are gathered before the function is invoked; null means not at all. parallelization_factor is how many batches of a shard are handled at a time; null means 1. maximum_retry_attempts says after how many retries a batch is discarded; -1, and null, mean no limit. Records older than maximum_record_age_in_seconds are discarded; -1, and null, mean no limit. bisect_batch_on_function_error says whether a batch that failed is split in two before it comes again. on_failure_arn is the ARN of the standard SQS queue or SNS topic that is told of discarded batches; the function's role may send to it; null for none. tumbling_window_in_seconds says for how many seconds the function's state is handed on from batch to batch; null means not at all. filters are patterns in JSON: records that match none are passed over; null lets all through. report_batch_item_failures says whether the function's result names the record that failed first, so that only it and those after it come again."
  type = object({
    stream_arn                         = string
    role_arn                           = string
    starting_position                  = string
    batch_size                         = optional(number)
    maximum_batching_window_in_seconds = optional(number)
    parallelization_factor             = optional(number)
    maximum_retry_attempts             = optional(number)
    maximum_record_age_in_seconds      = optional(number)
    bisect_batch_on_function_error     = optional(bool, false)
    on_failure_arn                     = optional(string)
    tumbling_window_in_seconds         = optional(number)
    filters                            = optional(list(string))
    report_batch_item_failures         = optional(bool, false)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:(dynamodb:[^:]+:[0-9]+:table/[^/]+/stream/[^/]+|kinesis:[^:]+:[0-9]+:stream/[^/]+)$", var.mapping.stream_arn))
    error_message = "The ARN of a stream has the form arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL or arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME."
  }

  validation {
    condition     = can(regex("^(TRIM_HORIZON|LATEST)$", var.mapping.starting_position))
    error_message = "The starting position is TRIM_HORIZON or LATEST."
  }

  validation {
    condition     = var.mapping.batch_size == null ? true : var.mapping.batch_size >= 1 && var.mapping.batch_size <= 10000 && floor(var.mapping.batch_size) == var.mapping.batch_size
    error_message = "A batch has 1 to 10000 records."
  }

  validation {
    condition     = var.mapping.maximum_batching_window_in_seconds == null ? true : var.mapping.maximum_batching_window_in_seconds >= 0 && var.mapping.maximum_batching_window_in_seconds <= 300 && floor(var.mapping.maximum_batching_window_in_seconds) == var.mapping.maximum_batching_window_in_seconds
    error_message = "A batching window has 0 to 300 seconds."
  }

  validation {
    condition     = var.mapping.parallelization_factor == null ? true : var.mapping.parallelization_factor >= 1 && var.mapping.parallelization_factor <= 10 && floor(var.mapping.parallelization_factor) == var.mapping.parallelization_factor
    error_message = "The parallelization factor is 1 to 10."
  }

  validation {
    condition     = var.mapping.maximum_retry_attempts == null ? true : var.mapping.maximum_retry_attempts >= -1 && var.mapping.maximum_retry_attempts <= 10000 && floor(var.mapping.maximum_retry_attempts) == var.mapping.maximum_retry_attempts
    error_message = "There are 0 to 10000 retries, or -1 for no limit."
  }

  validation {
    condition     = var.mapping.maximum_record_age_in_seconds == null ? true : var.mapping.maximum_record_age_in_seconds == -1 || var.mapping.maximum_record_age_in_seconds >= 60 && var.mapping.maximum_record_age_in_seconds <= 604800 && floor(var.mapping.maximum_record_age_in_seconds) == var.mapping.maximum_record_age_in_seconds
    error_message = "The maximum age of a record is 60 to 604800 seconds, or -1 for no limit."
  }

  validation {
    condition     = var.mapping.on_failure_arn == null ? true : can(regex("^arn:[^:]+:(sqs|sns):[^:]+:[0-9]+:[A-Za-z0-9_-]+$", var.mapping.on_failure_arn))
    error_message = "Discarded batches are reported to a standard SQS queue or SNS topic, by its ARN; Lambda takes no FIFO queue or topic here."
  }

  validation {
    condition     = var.mapping.tumbling_window_in_seconds == null ? true : var.mapping.tumbling_window_in_seconds >= 0 && var.mapping.tumbling_window_in_seconds <= 900 && floor(var.mapping.tumbling_window_in_seconds) == var.mapping.tumbling_window_in_seconds
    error_message = "A tumbling window has 0 to 900 seconds."
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
