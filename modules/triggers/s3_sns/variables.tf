variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "topic" {
  description = "The topic, whose policy this module writes as a whole."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "bucket" {
  description = <<-EOT
    The bucket whose events the topic receives.
    name: name of the bucket. It must belong to the function's account: if it is deleted, someone else could create one with its name.
  EOT
  type = object({
    name = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{3,255}$", var.bucket.name))
    error_message = "The name of the bucket must have 3 to 255 characters: letters, digits, dots, hyphens and underscores. It is not an ARN."
  }
}
