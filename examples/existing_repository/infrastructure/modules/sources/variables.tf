variable "name" {
  description = "Name of the tenant."
  type        = string
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the queue."
  type        = string
}
