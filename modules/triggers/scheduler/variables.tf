variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "schedule" {
  description = <<-EOT
    The schedule.
    group: schedule group; only schedules of this group can use the role.
    name: name of the schedule, unique in the group.
    role_name: name of the role with which Scheduler invokes the function; a longer name than IAM allows is shortened.
    role: existing role, which is used unchanged; null creates a role.
    permissions_boundary: ARN of the managed policy that limits the permissions of the role; null sets no limit.
    role_path: path of the role; another path replaces the role.
    role_name_prefix: beginning of the role's name, before role_name; another prefix replaces the role.
    kms_key: KMS key that encrypts the input, which the role may use; null uses Scheduler's own key.
    task_name: key by which the function finds the handler, passed beside the event.
    schedule_expression: when the schedule runs, as rate(...), cron(...) or at(yyyy-mm-ddThh:mm:ss).
    schedule_expression_timezone: IANA name of the time zone of cron(...) and at(...).
    input: event for the handler, in JSON; null passes a scheduled event.
    enabled: whether the schedule runs.
    description: description of the schedule; null leaves it empty.
    tags: tags of the role; Scheduler does not support tags on schedules.
  EOT
  type = object({
    group = object({
      name = string
      arn  = string
    })
    name                         = string
    role_name                    = string
    role                         = optional(object({ arn = string }))
    permissions_boundary         = optional(string)
    role_path                    = optional(string, "/")
    role_name_prefix             = optional(string, "")
    kms_key                      = optional(object({ arn = string }))
    task_name                    = string
    schedule_expression          = string
    schedule_expression_timezone = optional(string, "UTC")
    input                        = optional(string)
    enabled                      = optional(bool, true)
    description                  = optional(string)
    tags                         = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = var.schedule.role == null ? true : can(regex("^arn:[^:]+:iam::\\d{12}:role/[\\w+=,.@/-]+$", var.schedule.role.arn))
    error_message = "The role must be the ARN of an IAM role, such as arn:aws:iam::ACCOUNT:role/NAME."
  }

  validation {
    condition     = var.schedule.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::(\\d{12}|aws):policy/", var.schedule.permissions_boundary))
    error_message = "The permissions boundary must be the ARN of a managed policy, such as arn:aws:iam::ACCOUNT:policy/NAME."
  }

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.schedule.role_path))
    error_message = "The path of the role must begin and end with a slash, such as /apps/, and can have at most 512 characters, none of them a space."
  }

  validation {
    condition     = can(regex("^[\\w+=,.@-]{0,48}$", var.schedule.role_name_prefix))
    error_message = "The prefix of the role's name can have at most 48 characters: letters, digits, and any of _+=,.@-"
  }
}
