variable "function" {
  description = "The function that S3 can invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "bucket" {
  description = <<-EOT
    The bucket that can invoke the function.
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
