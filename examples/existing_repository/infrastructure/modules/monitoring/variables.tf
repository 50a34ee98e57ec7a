variable "function_name" {
  description = "Name of a function of the app."
  type        = string
}

variable "log_group_name" {
  description = "Log group of the function."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of a state machine of the app."
  type        = string
}

variable "alerts_topic_arn" {
  description = "ARN of the topic for alerts."
  type        = string
}

variable "log_destination_arn" {
  description = "ARN of the destination for log lines."
  type        = string
}
