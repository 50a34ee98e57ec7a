variable "name" {
  description = "Name of the function. Its log group is /aws/lambda/ followed by this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "The function name must have 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "role_arn" {
  description = "ARN of the execution role; null only in a refresh-only plan, while there is no role yet."
  type        = string
}

variable "package" {
  description = "Path of the deployment package, a zip file. A file of more than 50 MB needs package_s3."
  type        = string
  nullable    = false
}

variable "package_s3" {
  description = "S3 object with the deployment package, in the function's Region, with a different key for each content; null uploads the package directly."
  type        = object({ bucket = string, key = string })
  default     = null

  validation {
    condition     = var.package_s3 == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.package_s3.bucket))
    error_message = "The bucket name must have 3 to 63 characters: lowercase letters, digits, dots and hyphens, with a letter or digit at each end."
  }

  validation {
    condition     = var.package_s3 == null ? true : length(var.package_s3.key) >= 1 && length(var.package_s3.key) <= 1024
    error_message = "The object key must have 1 to 1024 characters."
  }
}

variable "handler" {
  description = "Entry point in the deployment package, as module.attribute."
  type        = string
  default     = "app.app"
  nullable    = false

  validation {
    condition     = can(regex("^\\S{1,128}$", var.handler))
    error_message = "The handler must have 1 to 128 characters, without whitespace."
  }
}

variable "settings" {
  description = <<-EOT
    Settings of the function.
    description: what the function is for.
    runtime: Lambda runtime for which the package was built.
    architecture: instruction set for which the package was built, x86_64 or arm64.
    memory_size: memory in MB.
    timeout: timeout in seconds.
    ephemeral_storage_size: size of /tmp in MB.
    layers: ARNs of layer versions, in order.
    vpc: subnets and security groups that connect the function to a VPC; null connects it to none.
    reserved_concurrent_executions: concurrency that is reserved for the function and limits it; 0 stops the function, null reserves none.
    xray: whether AWS X-Ray traces invocations.
    log_retention_in_days: number of days for which CloudWatch keeps the logs; null keeps them forever.
    log_format: Text or JSON.
    application_log_level: lowest level of the function's log lines that are kept, for JSON logs; null leaves Lambda's default of INFO.
    system_log_level: lowest level of Lambda's log lines that are kept, for JSON logs; null leaves Lambda's default of INFO.
    kms_key: KMS key that encrypts the environment variables; null uses AWS's own key.
    dead_letter_queue: standard SQS queue or SNS topic for events that failed all retries.
    maximum_retry_attempts: number of retries of an asynchronous invocation; null leaves Lambda's default of 2.
    maximum_event_age_in_seconds: how long Lambda keeps the event of an asynchronous invocation; null leaves Lambda's default of six hours.
    on_failure: destination for records of failed asynchronous invocations.
    on_success: destination for records of successful asynchronous invocations.
    publish: whether each change publishes a version, to which the alias live points.
  EOT
  type = object({
    description                    = optional(string)
    runtime                        = optional(string, "python3.13")
    architecture                   = optional(string, "x86_64")
    memory_size                    = optional(number, 128)
    timeout                        = optional(number, 60)
    ephemeral_storage_size         = optional(number, 512)
    layers                         = optional(list(string), [])
    vpc                            = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
    reserved_concurrent_executions = optional(number)
    xray                           = optional(bool, false)
    log_retention_in_days          = optional(number)
    log_format                     = optional(string, "Text")
    application_log_level          = optional(string)
    system_log_level               = optional(string)
    kms_key                        = optional(object({ arn = string }))
    dead_letter_queue              = optional(object({ target_arn = string }))
    maximum_retry_attempts         = optional(number)
    maximum_event_age_in_seconds   = optional(number)
    on_failure                     = optional(object({ destination_arn = string }))
    on_success                     = optional(object({ destination_arn = string }))
    publish                        = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.settings.description == null ? true : length(var.settings.description) <= 256
    error_message = "The description must have at most 256 characters."
  }

  validation {
    condition     = contains(["x86_64", "arm64"], var.settings.architecture)
    error_message = "The architecture must be x86_64 or arm64."
  }

  validation {
    condition     = var.settings.memory_size >= 128 && var.settings.memory_size <= 10240 && floor(var.settings.memory_size) == var.settings.memory_size
    error_message = "The memory size must be a whole number from 128 to 10240, in MB."
  }

  validation {
    condition     = var.settings.timeout >= 1 && var.settings.timeout <= 900 && floor(var.settings.timeout) == var.settings.timeout
    error_message = "The timeout must be a whole number from 1 to 900, in seconds."
  }

  validation {
    condition     = var.settings.ephemeral_storage_size >= 512 && var.settings.ephemeral_storage_size <= 10240 && floor(var.settings.ephemeral_storage_size) == var.settings.ephemeral_storage_size
    error_message = "The ephemeral storage size must be a whole number from 512 to 10240, in MB."
  }

  validation {
    condition     = length(var.settings.layers) <= 5
    error_message = "A function can have at most 5 layers."
  }

  validation {
    condition = var.settings.vpc == null ? true : alltrue([
      length(var.settings.vpc.subnet_ids) >= 1 && length(var.settings.vpc.subnet_ids) <= 16,
      length(var.settings.vpc.security_group_ids) >= 1 && length(var.settings.vpc.security_group_ids) <= 5,
    ])
    error_message = "A function in a VPC must have 1 to 16 subnets and 1 to 5 security groups."
  }

  validation {
    condition     = var.settings.reserved_concurrent_executions == null ? true : var.settings.reserved_concurrent_executions >= 0 && floor(var.settings.reserved_concurrent_executions) == var.settings.reserved_concurrent_executions
    error_message = "The reserved concurrency must be a whole number, 0 or more; null reserves none."
  }

  validation {
    condition = var.settings.log_retention_in_days == null ? true : contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ], var.settings.log_retention_in_days)
    error_message = "The log retention must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days; null keeps the logs forever."
  }

  validation {
    condition     = contains(["Text", "JSON"], var.settings.log_format)
    error_message = "The log format must be Text or JSON."
  }

  validation {
    condition     = var.settings.application_log_level == null ? true : contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.settings.application_log_level)
    error_message = "The application log level must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL."
  }

  validation {
    condition     = var.settings.system_log_level == null ? true : contains(["DEBUG", "INFO", "WARN"], var.settings.system_log_level)
    error_message = "The system log level must be DEBUG, INFO or WARN."
  }

  validation {
    condition     = var.settings.kms_key == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:\\d{12}:key/", var.settings.kms_key.arn))
    error_message = "The KMS key must be the ARN of the key itself, arn:aws:kms:REGION:ACCOUNT:key/ID. An alias does not work, because permissions do not follow it."
  }

  validation {
    condition     = var.settings.dead_letter_queue == null ? true : can(regex("^arn:[^:]+:(sqs|sns):.*", var.settings.dead_letter_queue.target_arn)) && !endswith(var.settings.dead_letter_queue.target_arn, ".fifo")
    error_message = "The dead-letter target must be the ARN of a standard SQS queue or SNS topic; Lambda does not support FIFO queues and topics here."
  }

  validation {
    condition     = var.settings.maximum_retry_attempts == null ? true : contains([0, 1, 2], var.settings.maximum_retry_attempts)
    error_message = "The number of retries of an asynchronous invocation must be 0, 1 or 2."
  }

  validation {
    condition     = var.settings.maximum_event_age_in_seconds == null ? true : var.settings.maximum_event_age_in_seconds >= 60 && var.settings.maximum_event_age_in_seconds <= 21600 && floor(var.settings.maximum_event_age_in_seconds) == var.settings.maximum_event_age_in_seconds
    error_message = "The maximum age of an event must be a whole number from 60 to 21600, in seconds."
  }

  validation {
    condition     = var.settings.on_failure == null ? true : can(regex("^arn:[^:]+:(sqs|sns|lambda|events|s3):.*", var.settings.on_failure.destination_arn)) && !endswith(var.settings.on_failure.destination_arn, ".fifo")
    error_message = "The destination for failed invocations must be the ARN of a standard SQS queue, a standard SNS topic, a function, an event bus or an S3 bucket; Lambda does not support FIFO queues and topics here."
  }

  validation {
    condition     = var.settings.on_success == null ? true : can(regex("^arn:[^:]+:(sqs|sns|lambda|events):.*", var.settings.on_success.destination_arn)) && !endswith(var.settings.on_success.destination_arn, ".fifo")
    error_message = "The destination for successful invocations must be the ARN of a standard SQS queue, a standard SNS topic, a function or an event bus; Lambda does not support FIFO queues and topics here."
  }
}

variable "environment_variables" {
  description = "Environment variables of the function."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.environment_variables) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", key))])
    error_message = "The name of an environment variable must start with a letter, have at least 2 characters, and contain only letters, digits and underscores."
  }

  validation {
    condition     = length(join("", concat(keys(var.environment_variables), values(var.environment_variables)))) <= 4096
    error_message = "The environment variables of a function can have at most 4 KB in total."
  }
}

variable "tags" {
  description = "Tags of the function and its log group."
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
