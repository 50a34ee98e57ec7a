variable "name" {
  description = "Name of the function. Its log group is /aws/lambda/ followed by this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "The name of a function has 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "role_arn" {
  description = "ARN of the execution role."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the deployment package, a zip file of at most 50 MB."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function is for; null leaves it empty."
  type        = string
  default     = null

  validation {
    condition     = var.description == null ? true : length(var.description) <= 256
    error_message = "The description of a function has at most 256 characters."
  }
}

variable "handler" {
  description = "Entry point in the deployment package, as module.attribute."
  type        = string
  default     = "app.app"
  nullable    = false

  validation {
    condition     = can(regex("^\\S{1,128}$", var.handler))
    error_message = "A handler has 1 to 128 characters and no whitespace."
  }
}

variable "runtime" {
  description = "Identifier of the Lambda runtime."
  type        = string
  default     = "python3.13"
  nullable    = false
}

variable "architecture" {
  description = "Instruction set that the deployment package was built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB; its share of the CPU grows with it."
  type        = number
  default     = 128
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "The memory of a function is a whole number of MB from 128 to 10240."
  }
}

variable "timeout" {
  description = "Seconds after which Lambda stops an invocation."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "The timeout of a function is a whole number of seconds from 1 to 900."
  }
}

variable "environment_variables" {
  description = "Environment variables of the function."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.environment_variables) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", key))])
    error_message = "The name of an environment variable begins with a letter, has at least 2 characters, and holds letters, digits and underscores only."
  }

  validation {
    condition     = length(join("", concat(keys(var.environment_variables), values(var.environment_variables)))) <= 4096
    error_message = "The environment variables of a function have at most 4 KB in all."
  }
}

variable "log_retention_in_days" {
  description = "Days that CloudWatch keeps the logs; null keeps them for ever."
  type        = number
  default     = null

  validation {
    condition = var.log_retention_in_days == null ? true : contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ], var.log_retention_in_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days; null keeps them for ever."
  }
}

variable "tags" {
  description = "Tags of the function and its log group."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
