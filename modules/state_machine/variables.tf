variable "name" {
  description = "Name of the state machine, in its role's name too."
  type        = string
  nullable    = false
}

variable "arn" {
  description = "ARN that the state machine gets, composed from its name: the role exists before it. Only this state machine can assume the role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:states:[^:]+:\\d{12}:stateMachine:${var.name}$", var.arn))
    error_message = "The ARN must be that of a state machine with the given name, such as arn:aws:states:REGION:ACCOUNT:stateMachine:NAME."
  }
}

variable "definition" {
  description = "Path of the definition in Amazon States Language: a template in which each key of functions stands for the ARN of a function."
  type        = string
  nullable    = false
}

variable "functions" {
  description = <<-EOT
    The functions that the definition refers to and that the state machine can invoke, by their names in the definition.
    name: name of the function.
    arn: ARN of the function.
    alias_arn: ARN of the alias to invoke; null invokes the function without an alias.
  EOT
  type = map(object({
    name      = string
    arn       = string
    alias_arn = optional(string)
  }))
  default  = {}
  nullable = false
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

variable "role_path" {
  description = "Path of the role. Another path replaces the role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.role_path))
    error_message = "The path of the role must begin and end with a slash, such as /apps/, and can have at most 512 characters, none of them a space."
  }
}

variable "role_name_prefix" {
  description = "Beginning of the role's name, before the name of the state machine. Another prefix replaces the role."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{0,48}$", var.role_name_prefix))
    error_message = "The prefix of the role's name can have at most 48 characters: letters, digits, and any of _+=,.@-"
  }
}

variable "type" {
  description = "STANDARD, or EXPRESS for many executions of at most 5 minutes. Changing the type replaces the state machine."
  type        = string
  default     = "STANDARD"
  nullable    = false
}

variable "statements" {
  description = "Further permissions of the state machine, by concern (sns, sqs, ...). Each concern becomes an inline policy with its name, which allows its actions on its resources."
  type = map(list(object({
    actions   = list(string)
    resources = list(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = !contains(flatten(values(var.statements)[*][*].resources), "*")
    error_message = "Each statement must list the ARNs that it needs; the resource * is not allowed."
  }
}

variable "policies" {
  description = "Policy documents in JSON, each added unchanged as an inline policy with the name of its key."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.policies), concat(["key", "lambda", "logs", "xray"], keys(var.statements)))) == 0
    error_message = "A name in policies must not be key, lambda, logs, xray or a concern in statements, because one policy would overwrite the other."
  }
}

variable "kms_key" {
  description = "KMS key that encrypts the definition and the data of executions, which the role may use; null uses Step Functions' own key."
  type        = object({ arn = string })
  default     = null
}

variable "log_level" {
  description = "Which events of executions are logged: ALL, ERROR, FATAL or OFF."
  type        = string
  default     = "OFF"
  nullable    = false

  validation {
    condition     = contains(["ALL", "ERROR", "FATAL", "OFF"], var.log_level)
    error_message = "The log level must be ALL, ERROR, FATAL or OFF."
  }
}

variable "include_execution_data" {
  description = "Whether the logs include the inputs and outputs of states."
  type        = bool
  default     = false
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Number of days for which CloudWatch keeps the logs; null keeps them forever."
  type        = number
  default     = null
}

variable "log_group_kms_key" {
  description = "KMS key that encrypts the logs, whose policy must allow its use to CloudWatch Logs; null uses CloudWatch's own key."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = alltrue([for key in var.log_group_kms_key[*] : can(regex("^arn:[^:]+:kms:[^:]+:\\d{12}:key/", key.arn))])
    error_message = "The KMS key of the logs must be the ARN of a key: CloudWatch Logs does not take an alias."
  }
}

variable "tracing" {
  description = "Whether AWS X-Ray traces executions."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the state machine, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
