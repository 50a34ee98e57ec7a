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

variable "buckets" {
  description = "Names of the buckets, which belong to this account."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.buckets) > 0 && alltrue([for name in var.buckets : can(regex("^[A-Za-z0-9._-]{3,255}$", name))])
    error_message = "There is at least one bucket. Its name has at least 3 letters, digits, dots, hyphens and underscores; it is no ARN."
  }
}
