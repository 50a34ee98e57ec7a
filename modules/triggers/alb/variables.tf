variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the target group; shortened where it has more than 32 characters or others than letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = var.name != ""
    error_message = "The name is not empty."
  }
}

variable "listener_arn" {
  description = "ARN of the listener whose requests the function gets."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]+:listener/app/[^/]+/[^/]+/[^/]+$", var.listener_arn))
    error_message = "The ARN of an Application Load Balancer's listener has the form arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
  }
}

variable "priority" {
  description = "Place among the listener's rules, of which no two have the same: the lowest that matches a request gets it."
  type        = number
  nullable    = false

  validation {
    condition     = var.priority >= 1 && var.priority <= 50000 && floor(var.priority) == var.priority
    error_message = "The priority of a listener's rule is a whole number from 1 to 50000."
  }
}

variable "prefix" {
  description = "Prefix of the path, without a slash at its end: /api stands for /api and all below /api/. Empty stands for every path."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.$~\"'@:+&-]+)*$", var.prefix))
    error_message = "A prefix is empty, or each of its segments begins with a slash and has letters, digits and characters of _-.$~\"'@:+& only."
  }

  validation {
    condition     = length(var.prefix) <= 126
    error_message = "A path pattern has at most 128 characters, and so a prefix, which gets /* at its end, has at most 126."
  }
}

variable "host" {
  description = "Host name, where * stands for any characters and ? for one; null stands for every host."
  type        = string
  default     = null

  validation {
    condition     = var.host == null ? true : length(var.host) <= 128 && can(regex("^[A-Za-z0-9.*?-]*\\.[A-Za-z]+$", var.host))
    error_message = "A host name has at most 128 letters, digits, hyphens, dots and the wildcards * and ?, at least one dot, and letters only after the last."
  }
}

variable "tags" {
  description = "Tags of the target group and the rule."
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
