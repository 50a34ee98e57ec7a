variable "name" {
  description = "Name of the state machine; its role's begins with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "The name of a state machine has 1 to 80 letters, digits, hyphens and underscores."
  }
}

variable "definition" {
  description = "Path of the definition in Amazon States Language, a template in which each key of var.functions stands for a function's ARN."
  type        = string
  nullable    = false
}

variable "functions" {
  description = "The functions that the definition names, and that the state machine may invoke, by the definition's name for each. alias_arn is the ARN of the alias to invoke; null invokes the function as it is."
  type = map(object({
    name      = string
    arn       = string
    alias_arn = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "type" {
  description = "STANDARD, or EXPRESS for many executions of at most 5 minutes; another type makes another state machine."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.type)
    error_message = "The type of a state machine is STANDARD or EXPRESS."
  }
}

variable "statements" {
  description = "What else the state machine may do, by concern (sns, sqs, ...): each concern becomes an inline policy of that name, with its actions allowed on its resources."
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
    condition     = length(setintersection(keys(var.statements), ["lambda", "logs", "xray"])) == 0
    error_message = "The concerns lambda, logs and xray are taken: this module writes these policies itself."
  }

  validation {
    condition = alltrue(flatten([for statements in values(var.statements) : [
      length(statements) > 0,
      [for statement in statements : length(statement.actions) > 0 && length(statement.resources) > 0],
    ]]))
    error_message = "A concern has at least one statement, and a statement at least one action and one resource: IAM rejects an empty list."
  }

  validation {
    condition     = !contains(flatten(values(var.statements)[*][*].resources), "*")
    error_message = "A statement names the ARNs that it needs: the resource * is not accepted."
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
    condition     = length(setintersection(keys(var.policies), concat(["lambda", "logs", "xray"], keys(var.statements)))) == 0
    error_message = "The name of a policy is neither lambda, logs or xray nor a concern of var.statements: one would overwrite the other."
  }

  validation {
    condition     = alltrue([for document in values(var.policies) : can(keys(jsondecode(document)))])
    error_message = "A policy document is a JSON object."
  }
}

variable "log_level" {
  description = "Which events of executions are logged: ALL, ERROR, FATAL or OFF."
  type        = string
  default     = "OFF"
  nullable    = false

  validation {
    condition     = contains(["ALL", "ERROR", "FATAL", "OFF"], var.log_level)
    error_message = "The log level of a state machine is ALL, ERROR, FATAL or OFF."
  }
}

variable "include_execution_data" {
  description = "Whether the logs have the inputs and outputs of states."
  type        = bool
  default     = false
  nullable    = false
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

variable "tracing" {
  description = "Whether executions are traced with AWS X-Ray; null leaves the setting as it is, which is off for a new state machine."
  type        = bool
  default     = null
}

variable "tags" {
  description = "Tags of the state machine, its role and its log group."
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
