variable "function" {
  description = "The function that S3 may invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "bucket" {
  description = "The bucket that may invoke the function. arn is its ARN. account_id is the ID of the account that it belongs to: a bucket's ARN names none, and should it go, whoever takes its name must not get in."
  type = object({
    arn        = string
    account_id = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:s3:::[^:/]+$", var.bucket.arn))
    error_message = "The ARN of a bucket is arn:, a partition, :s3::: and the bucket's name."
  }

  validation {
    condition     = can(regex("^[0-9]{12}$", var.bucket.account_id))
    error_message = "The ID of an account has 12 digits."
  }
}
