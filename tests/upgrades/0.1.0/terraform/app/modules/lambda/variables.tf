variable "name" {
  description = "Name of the function. Its log group is /aws/lambda/ followed by this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "The name of a function has 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "role_arn" {
  description = "ARN of the execution role."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the deployment package, a zip file of at most 50 MB, or of more with package_s3."
  type        = string
  nullable    = false
}

variable "package_s3" {
  description = "Object in S3 that holds the deployment package, in the function's region, with a key of its own for each content; null uploads the package directly."
  type        = object({ bucket = string, key = string })
  default     = null

  validation {
    condition     = var.package_s3 == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.package_s3.bucket))
    error_message = "The name of a bucket has 3 to 63 lower-case letters, digits, dots and hyphens."
  }

  validation {
    condition     = var.package_s3 == null ? true : length(var.package_s3.key) >= 1 && length(var.package_s3.key) <= 1024
    error_message = "The key of an object has 1 to 1024 characters."
  }
}

variable "handler" {
  description = "Entry point in the deployment package, as module.attribute."
  type        = string
  default     = "app.app"
  nullable    = false

  validation {
    condition     = can(regex("^\\S{1,128}$", var.handler))
    error_message = "A handler has 1 to 128 characters and no whitespace."
  }
}

variable "settings" {
  description = "How the function runs. description is what it is for. runtime and architecture (x86_64 or arm64) are those that the package was built for. memory_size and ephemeral_storage_size (of /tmp) are in MB, timeout in seconds. layers are ARNs of layer versions, in order. vpc connects it to subnets. reserved_concurrent_executions sets concurrency aside, and bounds it; 0 stops the function. xray traces it with AWS X-Ray. log_retention_in_days is how long CloudWatch keeps the logs; null keeps them for ever. log_format is Text or JSON. kms_key encrypts the environment variables. dead_letter_queue is a standard queue or topic for the events that failed. maximum_retry_attempts and maximum_event_age_in_seconds are those of asynchronous invocations; on_failure and on_success get records of these. publish publishes a version at each change, and an alias, live, of the newest."
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
    error_message = "The description of a function has at most 256 characters."
  }

  validation {
    condition     = contains(["x86_64", "arm64"], var.settings.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }

  validation {
    condition     = var.settings.memory_size >= 128 && var.settings.memory_size <= 10240 && floor(var.settings.memory_size) == var.settings.memory_size
    error_message = "The memory of a function is a whole number of MB from 128 to 10240."
  }

  validation {
    condition     = var.settings.timeout >= 1 && var.settings.timeout <= 900 && floor(var.settings.timeout) == var.settings.timeout
    error_message = "The timeout of a function is a whole number of seconds from 1 to 900."
  }

  validation {
    condition     = var.settings.ephemeral_storage_size >= 512 && var.settings.ephemeral_storage_size <= 10240 && floor(var.settings.ephemeral_storage_size) == var.settings.ephemeral_storage_size
    error_message = "The ephemeral storage of a function is a whole number of MB from 512 to 10240."
  }

  validation {
    condition     = length(var.settings.layers) <= 5
    error_message = "A function has at most 5 layers."
  }

  validation {
    condition = var.settings.vpc == null ? true : alltrue([
      length(var.settings.vpc.subnet_ids) >= 1 && length(var.settings.vpc.subnet_ids) <= 16,
      length(var.settings.vpc.security_group_ids) >= 1 && length(var.settings.vpc.security_group_ids) <= 5,
    ])
    error_message = "A function in a VPC has 1 to 16 subnets and 1 to 5 security groups."
  }

  validation {
    condition     = var.settings.reserved_concurrent_executions == null ? true : var.settings.reserved_concurrent_executions >= 0 && floor(var.settings.reserved_concurrent_executions) == var.settings.reserved_concurrent_executions
    error_message = "Reserved concurrency is a whole number from 0 on; null reserves none."
  }

  validation {
    condition = var.settings.log_retention_in_days == null ? true : contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ], var.settings.log_retention_in_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days; null keeps them for ever."
  }

  validation {
    condition     = contains(["Text", "JSON"], var.settings.log_format)
    error_message = "The log format is Text or JSON."
  }

  validation {
    condition     = var.settings.kms_key == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:\\d{12}:key/", var.settings.kms_key.arn))
    error_message = "A KMS key is given by its own ARN, arn:aws:kms:REGION:ACCOUNT:key/ID: permissions do not follow an alias."
  }

  validation {
    condition     = var.settings.dead_letter_queue == null ? true : can(regex("^arn:[^:]+:(sqs|sns):.*", var.settings.dead_letter_queue.target_arn)) && !endswith(var.settings.dead_letter_queue.target_arn, ".fifo")
    error_message = "A dead letter queue is a standard SQS queue or SNS topic, given by its ARN; Lambda takes none that is FIFO."
  }

  validation {
    condition     = var.settings.maximum_retry_attempts == null ? true : contains([0, 1, 2], var.settings.maximum_retry_attempts)
    error_message = "Lambda retries an asynchronous invocation 0, 1 or 2 times."
  }

  validation {
    condition     = var.settings.maximum_event_age_in_seconds == null ? true : var.settings.maximum_event_age_in_seconds >= 60 && var.settings.maximum_event_age_in_seconds <= 21600 && floor(var.settings.maximum_event_age_in_seconds) == var.settings.maximum_event_age_in_seconds
    error_message = "Lambda keeps an event of an asynchronous invocation for a whole number of seconds from 60 to 21600."
  }

  validation {
    condition     = var.settings.on_failure == null ? true : can(regex("^arn:[^:]+:(sqs|sns|lambda|events|s3):.*", var.settings.on_failure.destination_arn)) && !endswith(var.settings.on_failure.destination_arn, ".fifo")
    error_message = "Failed invocations are reported to a standard SQS queue or SNS topic, a function, an event bus or an S3 bucket, given by its ARN; Lambda takes no queue or topic that is FIFO."
  }

  validation {
    condition     = var.settings.on_success == null ? true : can(regex("^arn:[^:]+:(sqs|sns|lambda|events):.*", var.settings.on_success.destination_arn)) && !endswith(var.settings.on_success.destination_arn, ".fifo")
    error_message = "Successful invocations are reported to a standard SQS queue or SNS topic, a function or an event bus, given by its ARN; Lambda takes no queue or topic that is FIFO."
  }
}

variable "environment_variables" {
  description = "Environment variables of the function."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.environment_variables) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", key))])
    error_message = "The name of an environment variable begins with a letter, has at least 2 characters, and holds letters, digits and underscores only."
  }

  validation {
    condition     = length(join("", concat(keys(var.environment_variables), values(var.environment_variables)))) <= 4096
    error_message = "The environment variables of a function have at most 4 KB in all."
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
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
