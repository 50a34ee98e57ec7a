variable "topic_arn" {
  description = "ARN of the topic, whose policy this module writes as a whole."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of the topic must have the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
  }
}

variable "bucket_arns" {
  description = "ARNs of the buckets."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.bucket_arns) > 0 && alltrue([for arn in var.bucket_arns : can(regex("^arn:[^:]+:s3:::[^:/]+$", arn))])
    error_message = "There must be at least one bucket ARN, and each must have the form arn:PARTITION:s3:::NAME."
  }
}

variable "account_id" {
  description = "ID of the account that owns the buckets. A bucket's ARN contains no account: if a bucket is deleted, someone else could create one with its name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The account ID must have 12 digits."
  }
}
