variable "name" {
  description = "Name of the function. Its log group is /aws/lambda/ followed by this name."
  type        = string
  nullable    = false
}

variable "role_arn" {
  description = "ARN of the execution role; null only in a refresh-only plan, while there is no role yet."
  type        = string
}

variable "package" {
  description = "The deployment package: a zip file (path), an S3 object in the function's Region, or an object that was uploaded from the file, whose content then determines whether the function changes."
  type = object({
    path           = optional(string)
    object         = optional(object({ bucket = string, key = string, version = optional(string) }))
    ignore_changes = optional(bool, false) # Leaves the code as it is, for code that is deployed outside of Terraform.
  })
  nullable = false

  validation {
    condition     = var.package.path != null || var.package.object != null
    error_message = "The package must have a path, an object in S3, or both."
  }
}

# The provider checks the ranges at plan.
variable "settings" {
  description = "Settings of the function. Attributes that are missing or null have Lambda's defaults."
  type = object({
    runtime                        = optional(string, "python3.13") # For which the package was built.
    architecture                   = optional(string, "x86_64")     # For which the package was built: x86_64 or arm64.
    environment_variables          = optional(map(string), {})
    memory_size                    = optional(number, 128) # MB.
    timeout                        = optional(number, 60)  # Seconds.
    description                    = optional(string)
    ephemeral_storage_size         = optional(number, 512)      # Size of /tmp in MB.
    layers                         = optional(list(string), []) # ARNs of layer versions, in order.
    vpc                            = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    reserved_concurrent_executions = optional(number)                               # 0 stops the function; null reserves none.
    xray                           = optional(bool, false)                          # Traces invocations.
    log_retention_in_days          = optional(number)                               # Null keeps the logs forever.
    log_format                     = optional(string, "Text")                       # Text or JSON.
    application_log_level          = optional(string, "INFO")                       # Lowest level of the function's lines that are kept, for JSON logs.
    system_log_level               = optional(string, "INFO")                       # Lowest level of Lambda's lines that are kept, for JSON logs.
    log_group_kms_key              = optional(object({ arn = string }))             # Encrypts the logs; CloudWatch may use it by its policy.
    kms_key                        = optional(object({ arn = string }))             # Encrypts the environment variables.
    source_kms_key_arns            = optional(list(string), [])                     # Keys of what the function reads and others own.
    destination_kms_key_arns       = optional(list(string), [])                     # Keys of dead-letter queues and destinations.
    dead_letter_queue              = optional(object({ target_arn = string }))      # Queue or topic for events that failed all retries.
    maximum_retry_attempts         = optional(number)                               # Of asynchronous invocations.
    maximum_event_age_in_seconds   = optional(number)                               # Of asynchronous invocations.
    on_failure                     = optional(object({ destination_arn = string })) # For records of failed asynchronous invocations.
    on_success                     = optional(object({ destination_arn = string })) # For records of successful asynchronous invocations.
    code_signing_config            = optional(object({ arn = string }))             # Checks the signature of each new package.
    publish                        = optional(bool, false)                          # Publishes a version at each change, to which the alias live points.
    tags                           = optional(map(string), {})                      # Of the function and its log group.
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(join("", flatten([for key, value in var.settings.environment_variables : [key, value]]))) <= 4096
    error_message = "The environment variables of a function can have at most 4 KB in total."
  }

  validation {
    condition = alltrue([
      for queue in var.settings.dead_letter_queue[*] : can(regex("^arn:[^:]+:(sqs|sns):", queue.target_arn)) && !endswith(queue.target_arn, ".fifo")
    ])
    error_message = "The dead-letter queue must be the ARN of a standard SQS queue or SNS topic."
  }

  validation {
    condition = alltrue(concat(
      [for each in var.settings.on_failure[*] : can(regex("^arn:[^:]+:(sqs|sns|lambda|events|s3):", each.destination_arn)) && !endswith(each.destination_arn, ".fifo")],
      [for each in var.settings.on_success[*] : can(regex("^arn:[^:]+:(sqs|sns|lambda|events):", each.destination_arn)) && !endswith(each.destination_arn, ".fifo")],
    ))
    error_message = "A destination must be the ARN of a standard SQS queue or SNS topic, a function or an event bus; on_failure can be a bucket too."
  }

  validation {
    condition = alltrue([
      for arn in concat(
        [for key in concat(var.settings.kms_key[*], var.settings.log_group_kms_key[*]) : key.arn],
        var.settings.source_kms_key_arns,
        var.settings.destination_kms_key_arns,
      ) : can(regex("^arn:[^:]+:kms:[^:]+:\\d{12}:key/", arn))
    ])
    error_message = "A KMS key must be the ARN of a key: policies and CloudWatch Logs do not take an alias."
  }
}
