# Created before the function. Otherwise Lambda would create the log group, keep its logs forever, and leave it
# behind when the function is destroyed.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.settings.log_retention_in_days
  kms_key_id        = one(var.settings.log_group_kms_key[*].arn)
  tags              = var.settings.tags
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.settings.description
  role          = var.role_arn

  filename          = var.package.object == null ? var.package.path : null
  s3_bucket         = one(var.package.object[*].bucket)
  s3_key            = one(var.package.object[*].key)
  s3_object_version = one(var.package.object[*].version)
  source_code_hash  = var.package.ignore_changes ? null : try(filebase64sha256(var.package.path), null)
  publish           = var.settings.publish
  handler           = "app.app"
  runtime           = var.settings.runtime
  architectures     = [var.settings.architecture]
  layers            = var.settings.layers
  memory_size       = var.settings.memory_size
  timeout           = var.settings.timeout
  kms_key_arn       = one(var.settings.kms_key[*].arn)

  code_signing_config_arn        = one(var.settings.code_signing_config[*].arn)
  reserved_concurrent_executions = var.settings.reserved_concurrent_executions

  dynamic "environment" {
    for_each = length(var.settings.environment_variables) > 0 ? ["this"] : []

    content {
      variables = var.settings.environment_variables
    }
  }

  # Storage and tracing are set even to Lambda's defaults: without them, the provider keeps the present values.
  ephemeral_storage {
    size = var.settings.ephemeral_storage_size
  }

  tracing_config {
    mode = var.settings.xray ? "Active" : "PassThrough"
  }

  # The default log group, by reference, so that the function waits for it.
  logging_config {
    log_format = var.settings.log_format
    log_group  = aws_cloudwatch_log_group.this.name

    # Text logs have no levels. For JSON logs they are set even to Lambda's default, to which a removed level returns.
    application_log_level = var.settings.log_format == "JSON" ? var.settings.application_log_level : null
    system_log_level      = var.settings.log_format == "JSON" ? var.settings.system_log_level : null
  }

  dynamic "vpc_config" {
    for_each = var.settings.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.settings.dead_letter_queue[*]

    content {
      target_arn = dead_letter_config.value.target_arn
    }
  }

  tags = var.settings.tags

  lifecycle {
    precondition {
      condition     = var.package.path == null || var.package.ignore_changes ? true : fileexists(var.package.path)
      error_message = "The deployment package ${coalesce(var.package.path, "-")} does not exist. Build it with `domovoi-tf package` in the project folder, or pass another one in the input package of the app's module."
    }
  }
}

# Lambda keeps every version until the function is deleted; the alias moves to the newest one.
resource "aws_lambda_alias" "live" {
  for_each = var.settings.publish ? toset(["live"]) : []

  name             = each.key
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  # Lambda deletes it with the function, also if the function is only replaced.
  lifecycle {
    replace_triggered_by = [aws_lambda_function.this.arn]
  }
}

# Lambda rejects a destination to which the role cannot send; role_arn is known once the role can.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.configures_invocation ? toset(["this"]) : []

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.settings.maximum_retry_attempts
  maximum_event_age_in_seconds = var.settings.maximum_event_age_in_seconds

  dynamic "destination_config" {
    for_each = length(local.destinations) > 0 ? ["this"] : []

    content {
      dynamic "on_failure" {
        for_each = var.settings.on_failure[*]

        content {
          destination = on_failure.value.destination_arn
        }
      }

      dynamic "on_success" {
        for_each = var.settings.on_success[*]

        content {
          destination = on_success.value.destination_arn
        }
      }
    }
  }

  # Lambda deletes it with the function, also if the function is only replaced.
  lifecycle {
    replace_triggered_by = [aws_lambda_function.this.arn]
  }
}
