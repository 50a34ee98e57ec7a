variable "name" {
  description = "Name of the role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.name))
    error_message = "The role name must have 1 to 64 characters: letters, digits, and any of _+=,.@-"
  }
}

variable "log_group_arn" {
  description = "ARN of the function's log group, without a trailing :*. The role can write to it."
  type        = string
  nullable    = false

  validation {
    condition     = !endswith(var.log_group_arn, ":*")
    error_message = "The ARN of the log group must not end in :*, which this module adds."
  }
}

variable "role" {
  description = "Existing role, which is used unchanged; null creates a role."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.role == null ? true : can(regex("^arn:[^:]+:iam::\\d{12}:role/[\\w+=,.@/-]+$", var.role.arn))
    error_message = "The role must be the ARN of an IAM role, such as arn:aws:iam::ACCOUNT:role/NAME."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy that limits the permissions of the role; null sets no limit."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::(\\d{12}|aws):policy/", var.permissions_boundary))
    error_message = "The permissions boundary must be the ARN of a managed policy, such as arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "autogen_policy" {
  description = "Whether the role gets the permissions of log_group_arn, statements and mapping_statements. If false, it has those of policies only."
  type        = bool
  default     = true
  nullable    = false
}

variable "statements" {
  description = "Permissions of the function, by concern (states, dead_letter, ...). Each concern becomes an inline policy with its name, which allows its actions on its resources."
  type = map(list(object({
    actions   = list(string)
    resources = list(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for concern in keys(var.statements) : can(regex("^[\\w+=,.@-]{1,128}$", concern))])
    error_message = "A concern becomes the name of an inline policy, so it must have 1 to 128 characters: letters, digits, and any of _+=,.@-"
  }

  validation {
    condition     = !contains(keys(var.statements), "logs")
    error_message = "The concern logs is reserved: this module creates that policy itself."
  }

  validation {
    condition = alltrue(flatten([for statements in values(var.statements) : [
      length(statements) > 0,
      [for statement in statements : length(statement.actions) > 0 && length(statement.resources) > 0],
    ]]))
    error_message = "Each concern must have at least one statement, and each statement at least one action and one resource, because IAM rejects empty lists."
  }

  validation {
    condition = alltrue([
      for statement in flatten(values(var.statements)) : contains(statement.resources, "*") ? alltrue([
        for action in statement.actions : can(regex("^(ec2:(Create|Delete|Describe)NetworkInterfaces?|ec2:DescribeSubnets|ec2:(Una|A)ssignPrivateIpAddresses|xray:Put\\w+)$", action))
      ]) : true
    ])
    error_message = "Each statement must list the ARNs that it needs. The resource * is allowed only for the network interfaces of a VPC and for X-Ray, whose actions support nothing narrower."
  }
}

variable "mapping_statements" {
  description = "Permissions of the function's event source mappings, in the same form. The function does not wait for them; mappings do, through the output mapping_role_arn."
  type = map(list(object({
    actions   = list(string)
    resources = list(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for concern in keys(var.mapping_statements) : can(regex("^[\\w+=,.@-]{1,128}$", concern))])
    error_message = "A concern becomes the name of an inline policy, so it must have 1 to 128 characters: letters, digits, and any of _+=,.@-"
  }

  validation {
    # Not in var.policies: that would make the function wait for the sources.
    condition     = length(setintersection(keys(var.mapping_statements), concat(["logs"], keys(var.statements), keys(var.policies)))) == 0
    error_message = "A concern in mapping_statements must not be logs, a concern in statements or a name in policies, because one policy would overwrite the other."
  }

  validation {
    condition = length(distinct([
      for key in concat(["logs"], keys(var.statements), keys(var.policies), keys(var.mapping_statements)) : lookup(var.policy_names, key, key)
    ])) == 1 + length(var.statements) + length(var.policies) + length(var.mapping_statements)
    error_message = "Two inline policies of the role must not have the same name, because one would overwrite the other."
  }

  validation {
    condition = alltrue(flatten([for statements in values(var.mapping_statements) : [
      length(statements) > 0,
      [for statement in statements : length(statement.actions) > 0 && length(statement.resources) > 0],
    ]]))
    error_message = "Each concern must have at least one statement, and each statement at least one action and one resource, because IAM rejects empty lists."
  }

  validation {
    condition     = alltrue([for statement in flatten(values(var.mapping_statements)) : !contains(statement.resources, "*")])
    error_message = "Each statement must list the ARNs that it needs; the resource * is not allowed, because no event source mapping needs it."
  }
}

variable "policies" {
  description = "Policy documents in JSON, each added unchanged as an inline policy with the name of its key."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.policies) : can(regex("^[\\w+=,.@-]{1,128}$", name))])
    error_message = "The name of an inline policy must have 1 to 128 characters: letters, digits, and any of _+=,.@-"
  }

  validation {
    condition     = length(setintersection(keys(var.policies), concat(["logs"], keys(var.statements)))) == 0
    error_message = "A name in policies must not be logs or a concern in statements, because one policy would overwrite the other."
  }

  validation {
    condition     = alltrue([for document in values(var.policies) : can(keys(jsondecode(document)))])
    error_message = "Each policy document must be a JSON object."
  }
}

variable "policy_names" {
  description = "Names of inline policies, by concern and by key of policies; the others are called by their keys."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in values(var.policy_names) : can(regex("^[\\w+=,.@-]{1,128}$", name))])
    error_message = "The name of an inline policy must have 1 to 128 characters: letters, digits, and any of _+=,.@-"
  }

  validation {
    # Not of var.mapping_statements: that would make the function wait for the sources.
    condition = length(distinct([
      for key in concat(["logs"], keys(var.statements), keys(var.policies)) : lookup(var.policy_names, key, key)
    ])) == 1 + length(var.statements) + length(var.policies)
    error_message = "Two inline policies of the role must not have the same name, because one would overwrite the other."
  }
}

variable "tags" {
  description = "Tags of the role."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "There can be at most 50 tags. A key must have 1 to 128 characters and must not start with aws:, and a value can have at most 256 characters."
  }
}
