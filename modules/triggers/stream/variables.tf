variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "mapping" {
  description = <<-EOT
    The event source mapping.
    stream_arn: ARN of the stream of a DynamoDB table, or of a Kinesis data stream.
    role_arn: ARN of the function's role, known once the role can read the stream: Lambda rejects the mapping before that.
    starting_position: where a new mapping starts to read, TRIM_HORIZON (the oldest record) or LATEST.
    batch_size: maximum number of records in an event; null means 100.
    maximum_batching_window_in_seconds: how long Lambda gathers records before it invokes the function; null means not at all.
    parallelization_factor: number of batches of a shard that are processed at the same time; null means 1.
    maximum_retry_attempts: number of retries after which a batch is discarded; -1 and null mean no limit.
    maximum_record_age_in_seconds: age at which a record is discarded; -1 and null mean no limit.
    bisect_batch_on_function_error: whether a failed batch is split in two before it is retried.
    on_failure_arn: ARN of the standard SQS queue or SNS topic that is notified of discarded batches, to which the function's role can send; null means none.
    tumbling_window_in_seconds: how long the state that the function returns is passed on to its next batch; null means not at all.
    filters: patterns in JSON; records that match none of them are skipped. null selects all records.
    report_batch_item_failures: whether the function's result names the first failed record, so that only that one and those after it are retried.
    tags: tags of the mapping.
  EOT
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
    tags                               = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:(dynamodb:[^:]+:[0-9]+:table/[^/]+/stream/[^/]+|kinesis:[^:]+:[0-9]+:stream/[^/]+)$", var.mapping.stream_arn))
    error_message = "The ARN of the stream must have the form arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL or arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME."
  }

  validation {
    condition     = try(split(":", var.mapping.stream_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The stream is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }

  validation {
    condition     = var.mapping.on_failure_arn == null ? true : can(regex("^arn:[^:]+:(sqs|sns):[^:]+:[0-9]+:[A-Za-z0-9_-]+$", var.mapping.on_failure_arn))
    error_message = "The destination for discarded batches must be the ARN of a standard SQS queue or SNS topic; Lambda does not support FIFO queues and topics here."
  }
}
