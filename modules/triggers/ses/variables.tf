variable "function" {
  description = "The function to invoke, in the Region in which SES receives the mail."
  type        = object({ name = string, arn = string })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]+:function:", var.function.arn))
    error_message = "The ARN of the function must have the form arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME."
  }
}

variable "rule" {
  description = <<-EOT
    The receipt rule.
    name: name of the rule.
    rule_set_name: name of an existing rule set; SES applies only the active one.
    recipients: addresses, domains, or domains with a dot in front for their subdomains; null means all recipients.
    after: name of the rule in the set that this rule follows; null makes this rule the first.
    scan_enabled: whether SES scans for spam and viruses.
    tls_policy: whether mail must arrive over an encrypted connection, Require or Optional.
  EOT
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
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$", var.rule.rule_set_name))
    error_message = "The name of the rule set must have 1 to 64 characters: letters, digits, hyphens and underscores, with a letter or digit at each end."
  }

  validation {
    condition = var.rule.recipients == null ? true : alltrue([
      for recipient in var.rule.recipients : can(regex("^([^@\\s]+@|[.])?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", recipient))
    ])
    error_message = "Each recipient must be an address such as user@example.com, a domain such as example.com, or .example.com for its subdomains."
  }

  validation {
    condition     = var.rule.after == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$", var.rule.after))
    error_message = "The name of a receipt rule must have 1 to 64 characters: letters, digits, dots, hyphens and underscores, with a letter or digit at each end."
  }
}
