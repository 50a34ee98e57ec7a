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

variable "rule" {
  description = "The receipt rule. name: its name. rule_set_name: name of its rule set, which exists; SES only looks at the active one. recipients: addresses, domains, or subdomains with a dot before the domain; null means all recipients. after: name of the rule of the set that this one follows; null makes it the first. scan_enabled: whether SES looks for spam and viruses. tls_policy: whether mail has to come over an encrypted connection, Require or Optional."
  type = object({
    name          = string
    rule_set_name = string
    recipients    = optional(set(string))
    after         = optional(string)
    scan_enabled  = optional(bool, true)
    tls_policy    = optional(string, "Optional")
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$", var.rule.name))
    error_message = "The name of a receipt rule has 1 to 64 letters, digits, dots, hyphens and underscores, the first and the last a letter or digit."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$", var.rule.rule_set_name))
    error_message = "The name of a receipt rule set has 1 to 64 letters, digits, hyphens and underscores, the first and the last a letter or digit."
  }

  validation {
    condition     = var.rule.recipients == null ? true : length(var.rule.recipients) >= 1 && length(var.rule.recipients) <= 500
    error_message = "A receipt rule has 1 to 500 recipients, or null for all."
  }

  validation {
    condition = var.rule.recipients == null ? true : alltrue([
      for recipient in var.rule.recipients : can(regex("^([^@\\s]+@|[.])?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", recipient))
    ])
    error_message = "A recipient is user@example.com, example.com, or .example.com for its subdomains."
  }

  validation {
    condition     = var.rule.after == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$", var.rule.after))
    error_message = "The name of a receipt rule has 1 to 64 letters, digits, dots, hyphens and underscores, the first and the last a letter or digit."
  }

  validation {
    condition     = contains(["Require", "Optional"], var.rule.tls_policy)
    error_message = "The TLS policy of a receipt rule is Require or Optional."
  }
}
