variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "topic_arn" {
  description = "ARN of the topic, whose policy this module writes as a whole."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:sns:", var.topic_arn))
    error_message = "The ARN of the topic must have the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
  }
}

variable "bucket" {
  description = <<-EOT
    The bucket whose events the topic receives.
    arn: ARN of the bucket.
    account_id: ID of the account that owns the bucket. The ARN contains no account: if the bucket is deleted, someone else could create one with its name.
  EOT
  type = object({
    arn        = string
    account_id = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:s3:::[^:/]+$", var.bucket.arn))
    error_message = "The ARN of the bucket must have the form arn:PARTITION:s3:::NAME."
  }

  validation {
    condition     = can(regex("^[0-9]{12}$", var.bucket.account_id))
    error_message = "The account ID must have 12 digits."
  }
}
