variable "function" {
  description = "The function that S3 may invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "bucket" {
  description = "Name of the bucket, which belongs to this account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{3,255}$", var.bucket))
    error_message = "The name of a bucket has at least 3 letters, digits, dots, hyphens and underscores; it is no ARN."
  }
}
