variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "removals_topic_arn" {
  description = "ARN of the topic that is told which objects are removed."
  type        = string
}

variable "app" {
  description = "Entries of the app, from its output s3_notifications."
  type = object({
    functions = list(object({ id = string, arn = string, events = list(string), prefix = string, suffix = string }))
    topics    = list(object({ id = string, arn = string, events = list(string), prefix = string, suffix = string }))
    queues    = list(object({ id = string, arn = string, events = list(string), prefix = string, suffix = string }))
  })
}
