variable "function" {
  description = "The function that S3 may invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "bucket_arn" {
  description = "ARN of the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:s3:::[^:/]+$", var.bucket_arn))
    error_message = "The ARN of a bucket is arn:, a partition, :s3::: and the bucket's name."
  }
}

variable "account_id" {
  description = "ID of the account that the bucket belongs to: a bucket's ARN names none, and should it go, whoever takes its name must not get in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The ID of an account has 12 digits."
  }
}
