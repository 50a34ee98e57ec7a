variable "name" {
  description = "Name of the role, after role.name_prefix."
  type        = string
  nullable    = false
}

variable "role" {
  description = "Settings of the role."
  type = object({
    existing             = optional(object({ arn = string })) # A role that is used unchanged.
    permissions_boundary = optional(string)                   # ARN of a managed policy.
    path                 = optional(string, "/")
    name_prefix          = optional(string, "")
    autogen_policy       = optional(bool, true)      # False leaves the role with policies only.
    policies             = optional(map(string), {}) # Further policy documents in JSON, by name.
    policy_names         = optional(map(string), {}) # Names of the inline policies, by concern and key of policies.
  })
  default  = {}
  nullable = false

  validation {
    # Not of var.mapping_statements: that would make the function wait for the sources.
    condition = length(distinct([
      for key in concat(["logs"], keys(var.statements), keys(var.role.policies)) : lookup(var.role.policy_names, key, key)
    ])) == 1 + length(var.statements) + length(var.role.policies)
    error_message = "Two inline policies of the role must not have the same name, because one would overwrite the other."
  }
}

variable "log_group_arn" {
  description = "ARN of the function's log group, without a trailing :*. The role can write to it."
  type        = string
  nullable    = false
}

variable "statements" {
  description = "Permissions of the function, by concern (states, dead_letter, ...). Each concern becomes an inline policy with its name."
  type = map(list(object({
    effect    = optional(string, "Allow")
    actions   = list(string)
    resources = list(string)
    condition = optional(map(map(list(string))), {}) # Values by operator and key.
  })))
  default  = {}
  nullable = false
}

variable "mapping_statements" {
  description = "Permissions of the function's event source mappings, in the same form. The function does not wait for them; mappings do, through the output mapping_role_arn."
  type = map(list(object({
    effect    = optional(string, "Allow")
    actions   = list(string)
    resources = list(string)
    condition = optional(map(map(list(string))), {})
  })))
  default  = {}
  nullable = false

  validation {
    condition = length(distinct([
      for key in concat(["logs"], keys(var.statements), keys(var.role.policies), keys(var.mapping_statements)) : lookup(var.role.policy_names, key, key)
    ])) == 1 + length(var.statements) + length(var.role.policies) + length(var.mapping_statements)
    error_message = "Two inline policies of the role must not have the same name, because one would overwrite the other."
  }
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
  nullable    = false
}
