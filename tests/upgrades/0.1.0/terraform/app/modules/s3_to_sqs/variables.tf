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

variable "bucket_arns" {
  description = "ARNs of the buckets."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.bucket_arns) > 0 && alltrue([for arn in var.bucket_arns : can(regex("^arn:[^:]+:s3:::[^:/]+$", arn))])
    error_message = "There is at least one bucket. Its ARN is arn:, a partition, :s3::: and its name."
  }
}

variable "account_id" {
  description = "ID of the account that the buckets belong to: a bucket's ARN names none, and should it go, whoever takes its name must not get in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The ID of an account has 12 digits."
  }
}
