variable "function" {
  description = "The function to invoke."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "target_group" {
  description = "The target group. name: shortened where it has more than 32 characters or others than letters, digits and hyphens. tags: of the target group and the rule."
  type = object({
    name = string
    tags = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = var.target_group.name != null && var.target_group.name != ""
    error_message = "The name is not empty."
  }

  validation {
    condition = length(var.target_group.tags) <= 50 && alltrue([
      for key, value in var.target_group.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}

# Not one object with the target group, which must not depend on the listener: see there.
variable "listener_rule" {
  description = "The listener's rule. listener_arn: of the listener whose requests the function gets. priority: place among the listener's rules, of which no two have the same; the lowest that matches a request gets it. prefix: of the path, without a slash at its end; /api stands for /api and all below /api/, empty for every path. host: host name, where * stands for any characters and ? for one; null stands for every host."
  type = object({
    listener_arn = string
    priority     = number
    prefix       = optional(string, "")
    host         = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]+:listener/app/[^/]+/[^/]+/[^/]+$", var.listener_rule.listener_arn))
    error_message = "The ARN of an Application Load Balancer's listener has the form arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
  }

  validation {
    condition     = var.listener_rule.priority >= 1 && var.listener_rule.priority <= 50000 && floor(var.listener_rule.priority) == var.listener_rule.priority
    error_message = "The priority of a listener's rule is a whole number from 1 to 50000."
  }

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.$~\"'@:+&-]+)*$", var.listener_rule.prefix))
    error_message = "A prefix is empty, or each of its segments begins with a slash and has letters, digits and characters of _-.$~\"'@:+& only."
  }

  validation {
    condition     = length(var.listener_rule.prefix) <= 126
    error_message = "A path pattern has at most 128 characters, and so a prefix, which gets /* at its end, has at most 126."
  }

  validation {
    condition     = var.listener_rule.host == null ? true : length(var.listener_rule.host) <= 128 && can(regex("^[A-Za-z0-9.*?-]*\\.[A-Za-z]+$", var.listener_rule.host))
    error_message = "A host name has at most 128 letters, digits, hyphens, dots and the wildcards * and ?, at least one dot, and letters only after the last."
  }
}
