variable "name" {
  description = "Name of the role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.name))
    error_message = "The name of a role has 1 to 64 letters, digits and characters of _+=,.@-."
  }
}

variable "log_group_arn" {
  description = "ARN of the function's log group, without a trailing :*; the role may write to it."
  type        = string
  nullable    = false

  validation {
    condition     = !endswith(var.log_group_arn, ":*")
    error_message = "The ARN of the log group is given without a trailing :*, which this module adds."
  }
}

variable "role" {
  description = "A role that exists already, by its ARN: it is used as it is, and none is made. null makes one."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.role == null ? true : can(regex("^arn:[^:]+:iam::\\d{12}:role/[\\w+=,.@/-]+$", var.role.arn))
    error_message = "A role is given by its ARN: arn:aws:iam::ACCOUNT:role/NAME."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy that bounds what the role may ever do; null sets no bound."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::(\\d{12}|aws):policy/", var.permissions_boundary))
    error_message = "A permissions boundary is the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "autogen_policy" {
  description = "Whether the role gets what log_group_arn, statements and mapping_statements say; without, it may do what policies say and nothing else."
  type        = bool
  default     = true
  nullable    = false
}

variable "statements" {
  description = "What the function may do, by concern (states, dead_letter, ...): each concern becomes an inline policy of that name, with its actions allowed on its resources."
  type = map(list(object({
    actions   = list(string)
    resources = list(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for concern in keys(var.statements) : can(regex("^[\\w+=,.@-]{1,128}$", concern))])
    error_message = "A concern names an inline policy: it has 1 to 128 letters, digits and characters of _+=,.@-."
  }

  validation {
    condition     = !contains(keys(var.statements), "logs")
    error_message = "The concern logs is taken: this module writes that policy itself."
  }

  validation {
    condition = alltrue(flatten([for statements in values(var.statements) : [
      length(statements) > 0,
      [for statement in statements : length(statement.actions) > 0 && length(statement.resources) > 0],
    ]]))
    error_message = "A concern has at least one statement, and a statement at least one action and one resource: IAM rejects an empty list."
  }

  validation {
    condition = alltrue([
      for statement in flatten(values(var.statements)) : contains(statement.resources, "*") ? alltrue([
        for action in statement.actions : can(regex("^(ec2:(Create|Delete|Describe)NetworkInterfaces?|ec2:DescribeSubnets|ec2:(Una|A)ssignPrivateIpAddresses|xray:Put\\w+)$", action))
      ]) : true
    ])
    error_message = "A statement names the ARNs that it needs: the resource * is accepted for a VPC's network interfaces and for X-Ray alone, whose actions know no other."
  }
}

variable "mapping_statements" {
  description = "What the function's event source mappings need, in the same form. The function does not wait for it; mappings do, by mapping_role_arn."
  type = map(list(object({
    actions   = list(string)
    resources = list(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for concern in keys(var.mapping_statements) : can(regex("^[\\w+=,.@-]{1,128}$", concern))])
    error_message = "A concern names an inline policy: it has 1 to 128 letters, digits and characters of _+=,.@-."
  }

  validation {
    # Here and not in var.policies, which would make the function wait for the sources.
    condition     = length(setintersection(keys(var.mapping_statements), concat(["logs"], keys(var.statements), keys(var.policies)))) == 0
    error_message = "A concern of var.mapping_statements is neither logs nor a concern of var.statements nor the name of a policy: one would overwrite the other."
  }

  validation {
    condition = alltrue(flatten([for statements in values(var.mapping_statements) : [
      length(statements) > 0,
      [for statement in statements : length(statement.actions) > 0 && length(statement.resources) > 0],
    ]]))
    error_message = "A concern has at least one statement, and a statement at least one action and one resource: IAM rejects an empty list."
  }

  validation {
    condition     = alltrue([for statement in flatten(values(var.mapping_statements)) : !contains(statement.resources, "*")])
    error_message = "A statement names the ARNs that it needs: no mapping needs the resource *."
  }
}

variable "policies" {
  description = "Policy documents in JSON, by the name of the inline policy that each becomes, verbatim."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.policies) : can(regex("^[\\w+=,.@-]{1,128}$", name))])
    error_message = "The name of an inline policy has 1 to 128 letters, digits and characters of _+=,.@-."
  }

  validation {
    condition     = length(setintersection(keys(var.policies), concat(["logs"], keys(var.statements)))) == 0
    error_message = "The name of a policy is neither logs nor a concern of var.statements: one would overwrite the other."
  }

  validation {
    condition     = alltrue([for document in values(var.policies) : can(keys(jsondecode(document)))])
    error_message = "A policy document is a JSON object."
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
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
