variable "bucket" {
  description = "Name of the bucket, whose whole notification this is: whatever else it has is removed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{3,255}$", var.bucket))
    error_message = "The name of a bucket has at least 3 letters, digits, dots, hyphens and underscores; it is no ARN."
  }
}

variable "eventbridge" {
  description = "Whether all events of the bucket go to EventBridge too."
  type        = bool
  default     = false
  nullable    = false
}

variable "functions" {
  description = "Functions that S3 invokes, and the events that each gets; prefix and suffix are URL-encoded, with + for a space."
  type = list(object({
    id     = string
    arn    = string
    events = list(string)
    prefix = optional(string)
    suffix = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for each in var.functions : can(regex("^arn:[^:]+:lambda:", each.arn))])
    error_message = "The ARN of a function begins with arn:, a partition and :lambda:."
  }

  validation {
    condition     = alltrue([for each in var.functions : length(each.events) > 0 && alltrue([for event in each.events : startswith(event, "s3:")])])
    error_message = "There is at least one event, such as s3:ObjectCreated:*."
  }
}

variable "topics" {
  description = "Topics to which S3 publishes, and the events that each gets; prefix and suffix are URL-encoded, with + for a space."
  type = list(object({
    id     = string
    arn    = string
    events = list(string)
    prefix = optional(string)
    suffix = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for each in var.topics : can(regex("^arn:[^:]+:sns:", each.arn))])
    error_message = "The ARN of a topic begins with arn:, a partition and :sns:."
  }

  validation {
    condition     = alltrue([for each in var.topics : length(each.events) > 0 && alltrue([for event in each.events : startswith(event, "s3:")])])
    error_message = "There is at least one event, such as s3:ObjectCreated:*."
  }
}

variable "queues" {
  description = "Queues to which S3 sends, and the events that each gets; prefix and suffix are URL-encoded, with + for a space."
  type = list(object({
    id     = string
    arn    = string
    events = list(string)
    prefix = optional(string)
    suffix = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for each in var.queues : can(regex("^arn:[^:]+:sqs:", each.arn))])
    error_message = "The ARN of a queue begins with arn:, a partition and :sqs:."
  }

  validation {
    condition     = alltrue([for each in var.queues : length(each.events) > 0 && alltrue([for event in each.events : startswith(event, "s3:")])])
    error_message = "There is at least one event, such as s3:ObjectCreated:*."
  }

  validation {
    condition     = length(var.queues) + length(var.functions) + length(var.topics) <= 100
    error_message = "The notification of a bucket has at most 100 parts."
  }
}
