variable "function" {
  description = "The function to invoke, in the region in which SES receives the mail."
  type = object({
    name = string
    arn  = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]+:function:", var.function.arn))
    error_message = "The ARN of a function has the form arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME."
  }
}

variable "name" {
  description = "Name of the receipt rule."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$", var.name))
    error_message = "The name of a receipt rule has 1 to 64 letters, digits, dots, hyphens and underscores, the first and the last a letter or digit."
  }
}

variable "rule_set_name" {
  description = "Name of the receipt rule set, which exists. SES only looks at the active one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$", var.rule_set_name))
    error_message = "The name of a receipt rule set has 1 to 64 letters, digits, hyphens and underscores, the first and the last a letter or digit."
  }
}

variable "recipients" {
  description = "Addresses, domains, or subdomains with a dot before the domain; null means all recipients."
  type        = set(string)
  default     = null

  validation {
    condition     = var.recipients == null ? true : length(var.recipients) >= 1 && length(var.recipients) <= 500
    error_message = "A receipt rule has 1 to 500 recipients, or null for all."
  }

  validation {
    condition = var.recipients == null ? true : alltrue([
      for recipient in var.recipients : can(regex("^([^@\\s]+@|[.])?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", recipient))
    ])
    error_message = "A recipient is user@example.com, example.com, or .example.com for its subdomains."
  }
}

variable "after" {
  description = "Name of the rule of the set that this one follows; null makes it the first."
  type        = string
  default     = null

  validation {
    condition     = var.after == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$", var.after))
    error_message = "The name of a receipt rule has 1 to 64 letters, digits, dots, hyphens and underscores, the first and the last a letter or digit."
  }
}

variable "scan_enabled" {
  description = "Whether SES looks for spam and viruses."
  type        = bool
  default     = true
  nullable    = false
}

variable "tls_policy" {
  description = "Whether mail has to come over an encrypted connection: Require or Optional."
  type        = string
  default     = "Optional"
  nullable    = false

  validation {
    condition     = contains(["Require", "Optional"], var.tls_policy)
    error_message = "The TLS policy of a receipt rule is Require or Optional."
  }
}
