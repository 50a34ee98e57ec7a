mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_group" {
    defaults = {
      arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
    }
  }

  mock_resource "aws_lambda_function" {
    defaults = {
      arn        = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
      invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:bar-dev/invocations"
      version    = "7"
    }
  }

  mock_resource "aws_lambda_alias" {
    defaults = {
      arn = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev:live"
    }
  }
}

variables {
  name     = "bar-dev"
  role_arn = "arn:aws:iam::123456789012:role/bar-dev"
  package  = { path = "main.tf" } # any file: the provider is mocked, and only the digest is computed
}

# First, while there is no state.
run "refresh_before_the_first_apply" {
  command = plan

  plan_options {
    mode = refresh-only
  }

  variables {
    role_arn = null
  }

  assert {
    condition     = output.attributes.alias_arn == null
    error_message = "A refresh-only plan works although there are no role and no function yet."
  }
}

run "defaults" {
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/bar-dev"
    error_message = "The log group is the one that Lambda writes to by default."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == null
    error_message = "Logs are kept forever by default."
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "bar-dev" && aws_lambda_function.this.description == null
    error_message = "The function has its name and no description."
  }

  assert {
    condition     = aws_lambda_function.this.role == "arn:aws:iam::123456789012:role/bar-dev"
    error_message = "The function runs with the given role."
  }

  assert {
    condition     = aws_lambda_function.this.s3_bucket == null && aws_lambda_function.this.s3_key == null
    error_message = "The package is uploaded directly."
  }

  assert {
    condition     = aws_lambda_function.this.filename == "main.tf" && aws_lambda_function.this.source_code_hash == filebase64sha256("main.tf")
    error_message = "The function is updated when the content of its package changes."
  }

  assert {
    condition     = aws_lambda_function.this.handler == "app.app" && aws_lambda_function.this.runtime == "python3.13"
    error_message = "The entry point is app.app on Python 3.13."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["x86_64"])
    error_message = "The default architecture is x86_64."
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 128 && aws_lambda_function.this.timeout == 60
    error_message = "The defaults are 128 MB and 60 seconds."
  }

  assert {
    condition     = length(aws_lambda_function.this.environment) == 0
    error_message = "There is no environment block without environment variables."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == "/aws/lambda/bar-dev" && aws_lambda_function.this.logging_config[0].log_format == "Text"
    error_message = "The function logs text to the log group of this module."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == null && aws_lambda_function.this.logging_config[0].system_log_level == null
    error_message = "Text logs have no levels."
  }

  assert {
    condition = output.function == {
      name = "bar-dev"
      arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    }
    error_message = "The output function identifies the function."
  }

  assert {
    condition     = output.attributes.log_group_name == "/aws/lambda/bar-dev" && output.log_group_arn == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
    error_message = "The outputs identify the log group."
  }

  assert {
    condition     = one(aws_lambda_function.this.ephemeral_storage).size == 512 && one(aws_lambda_function.this.tracing_config).mode == "PassThrough"
    error_message = "Storage and tracing have Lambda's defaults."
  }

  assert {
    condition = length(aws_lambda_function.this.vpc_config) + length(aws_lambda_function.this.dead_letter_config) + length(aws_lambda_function.this.layers) == 0 && alltrue([
      aws_lambda_function.this.kms_key_arn == null,
      aws_lambda_function.this.code_signing_config_arn == null,
      aws_cloudwatch_log_group.this.kms_key_id == null,
      aws_lambda_function.this.reserved_concurrent_executions == null,
      aws_lambda_function.this.publish == false,
    ])
    error_message = "There is nothing else by default."
  }

  assert {
    condition     = length(aws_lambda_alias.live) + length(aws_lambda_function_event_invoke_config.this) + length(output.statements) == 0
    error_message = "There is no alias and no configuration of asynchronous invocations, and the role needs nothing."
  }
}

run "levels_of_json_logs" {
  variables {
    settings = { log_format = "JSON" }
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "INFO" && aws_lambda_function.this.logging_config[0].system_log_level == "INFO"
    error_message = "A removed level returns to Lambda's default."
  }
}

run "levels_with_text_logs" {
  variables {
    settings = { log_format = "Text", application_log_level = "WARN", system_log_level = "WARN" }
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == null && aws_lambda_function.this.logging_config[0].system_log_level == null
    error_message = "The levels that a function with text logs inherits have no effect."
  }
}

run "every_input_reaches_its_resource" {
  variables {
    settings = {
      environment_variables          = { ORDERS_TABLE = "orders", A1 = "" }
      tags                           = { stage = "dev" }
      description                    = "says \"hi\"\nfor $${x}"
      runtime                        = "python3.12"
      architecture                   = "arm64"
      memory_size                    = 10240
      timeout                        = 900
      ephemeral_storage_size         = 10240
      layers                         = ["arn:aws:lambda:us-east-1:123456789012:layer:glass:2", "arn:aws:lambda:us-east-1:123456789012:layer:ice:1"]
      vpc                            = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
      reserved_concurrent_executions = 0
      xray                           = true
      log_retention_in_days          = 14
      log_format                     = "JSON"
      application_log_level          = "TRACE"
      system_log_level               = "WARN"
      log_group_kms_key              = { arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-2" }
      kms_key                        = { arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1" }
      source_kms_key_arns            = ["arn:aws:kms:us-east-1:123456789012:key/mrk-3", "arn:aws:kms:us-east-1:123456789012:key/mrk-4"]
      destination_kms_key_arns       = ["arn:aws:kms:us-east-1:123456789012:key/mrk-4", "arn:aws:kms:us-west-2:123456789012:key/mrk-4"]
      dead_letter_queue              = { target_arn = "arn:aws:sqs:us-east-1:123456789012:spilt" }
      maximum_retry_attempts         = 0
      maximum_event_age_in_seconds   = 60
      on_failure                     = { destination_arn = "arn:aws:s3:::spilt" }
      on_success                     = { destination_arn = "arn:aws:events:us-east-1:123456789012:event-bus/default" }
      code_signing_config            = { arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0" }
      publish                        = true
    }
  }

  assert {
    condition     = aws_lambda_function.this.description == "says \"hi\"\nfor $${x}"
    error_message = "The description is passed on unchanged."
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "python3.12"
    error_message = "The runtime is passed on."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The architecture is passed on."
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 10240 && aws_lambda_function.this.timeout == 900
    error_message = "The largest memory and timeout are accepted."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ ORDERS_TABLE = "orders", A1 = "" })
    error_message = "The environment variables are passed on, empty ones too."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 14 && aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:us-east-1:123456789012:key/mrk-2"
    error_message = "The retention and the key of the logs are passed on."
  }

  assert {
    condition     = aws_lambda_function.this.tags == tomap({ stage = "dev" }) && aws_cloudwatch_log_group.this.tags == tomap({ stage = "dev" })
    error_message = "The function and its log group are tagged."
  }

  assert {
    condition     = one(aws_lambda_function.this.ephemeral_storage).size == 10240 && one(aws_lambda_function.this.tracing_config).mode == "Active"
    error_message = "The largest storage is accepted, and invocations are traced."
  }

  assert {
    condition     = aws_lambda_function.this.layers == tolist(["arn:aws:lambda:us-east-1:123456789012:layer:glass:2", "arn:aws:lambda:us-east-1:123456789012:layer:ice:1"])
    error_message = "The layers keep their order."
  }

  assert {
    condition     = one(aws_lambda_function.this.vpc_config).subnet_ids == toset(["subnet-1", "subnet-2"]) && one(aws_lambda_function.this.vpc_config).security_group_ids == toset(["sg-1"])
    error_message = "The function is connected to the subnets."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 0 && aws_lambda_function.this.logging_config[0].log_format == "JSON"
    error_message = "A concurrency of zero differs from null, and the logs are JSON."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "TRACE" && aws_lambda_function.this.logging_config[0].system_log_level == "WARN"
    error_message = "The log levels are passed on."
  }

  assert {
    condition     = aws_lambda_function.this.code_signing_config_arn == var.settings.code_signing_config.arn
    error_message = "The code signing configuration is passed on."
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.settings.kms_key.arn && one(aws_lambda_function.this.dead_letter_config).target_arn == var.settings.dead_letter_queue.target_arn
    error_message = "The key and the dead-letter queue are passed on."
  }

  assert {
    condition = alltrue([
      aws_lambda_function_event_invoke_config.this["this"].function_name == "bar-dev",
      aws_lambda_function_event_invoke_config.this["this"].maximum_retry_attempts == 0,
      aws_lambda_function_event_invoke_config.this["this"].maximum_event_age_in_seconds == 60,
      one(one(aws_lambda_function_event_invoke_config.this["this"].destination_config).on_failure).destination == "arn:aws:s3:::spilt",
      one(one(aws_lambda_function_event_invoke_config.this["this"].destination_config).on_success).destination == "arn:aws:events:us-east-1:123456789012:event-bus/default",
    ])
    error_message = "Asynchronous invocations are configured, including zero retries."
  }

  assert {
    condition = jsonencode(output.statements) == jsonencode({
      dead_letter = [
        { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:spilt"] },
      ]
      destinations = [
        { actions = ["s3:ListBucket", "s3:PutObject"], resources = ["arn:aws:s3:::spilt", "arn:aws:s3:::spilt/*"] },
        { actions = ["events:PutEvents"], resources = ["arn:aws:events:us-east-1:123456789012:event-bus/default"] },
      ]
      kms = [
        { actions = ["kms:Decrypt"], resources = ["arn:aws:kms:us-east-1:123456789012:key/mrk-1"] },
        {
          actions = ["kms:Decrypt"]
          condition = {
            StringEquals = {
              "kms:ViaService" = ["dynamodb.us-east-1.amazonaws.com", "kinesis.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"]
            }
          }
          resources = ["arn:aws:kms:us-east-1:123456789012:key/mrk-3", "arn:aws:kms:us-east-1:123456789012:key/mrk-4"]
        },
        {
          actions = ["kms:Decrypt", "kms:GenerateDataKey"]
          condition = {
            StringEquals = {
              "kms:ViaService" = [
                "s3.us-east-1.amazonaws.com",
                "s3.us-west-2.amazonaws.com",
                "sns.us-east-1.amazonaws.com",
                "sns.us-west-2.amazonaws.com",
                "sqs.us-east-1.amazonaws.com",
                "sqs.us-west-2.amazonaws.com",
              ]
            }
          }
          resources = ["arn:aws:kms:us-east-1:123456789012:key/mrk-4", "arn:aws:kms:us-west-2:123456789012:key/mrk-4"]
        },
      ]
      vpc = [
        { actions = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], resources = ["*"] },
        {
          actions = ["ec2:CreateNetworkInterface"]
          resources = [
            "arn:aws:ec2:us-east-1:*:network-interface/*",
            "arn:aws:ec2:us-east-1:*:subnet/subnet-1",
            "arn:aws:ec2:us-east-1:*:subnet/subnet-2",
            "arn:aws:ec2:us-east-1:*:security-group/sg-1",
          ]
        },
        {
          actions   = ["ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
          resources = ["arn:aws:ec2:us-east-1:*:network-interface/*"]
        },
        {
          actions = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DetachNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
          ]
          condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev"] } }
          effect    = "Deny"
          resources = ["*"]
        },
      ]
      xray = [
        { actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources = ["*"] },
      ]
    })
    error_message = "The role needs exactly the permissions of the settings."
  }

  assert {
    condition = alltrue([
      aws_lambda_function.this.publish,
      aws_lambda_alias.live["live"].name == "live",
      aws_lambda_alias.live["live"].function_name == "bar-dev",
      aws_lambda_alias.live["live"].function_version == "7",
      output.attributes.alias_arn == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev:live",
    ])
    error_message = "The alias points to the newest version."
  }
}

run "topics_and_functions" {
  variables {
    settings = {
      dead_letter_queue = { target_arn = "arn:aws:sns:us-east-1:123456789012:spilt" }
      on_success        = { destination_arn = "arn:aws:lambda:us-east-1:123456789012:function:wipe" }
    }
  }

  assert {
    condition = jsonencode(output.statements) == jsonencode({
      dead_letter  = [{ actions = ["sns:Publish"], resources = ["arn:aws:sns:us-east-1:123456789012:spilt"] }]
      destinations = [{ actions = ["lambda:InvokeFunction"], resources = ["arn:aws:lambda:us-east-1:123456789012:function:wipe"] }]
    })
    error_message = "Each service has its own action."
  }

  assert {
    condition     = length(one(aws_lambda_function_event_invoke_config.this["this"].destination_config).on_failure) == 0
    error_message = "Only one of the destinations is set."
  }
}

run "only_retries" {
  variables {
    settings = { maximum_retry_attempts = 1 }
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this["this"].maximum_retry_attempts == 1 && length(aws_lambda_function_event_invoke_config.this["this"].destination_config) == 0
    error_message = "Retries need no destination."
  }

  assert {
    condition     = length(output.statements) == 0
    error_message = "Retries need no permission."
  }
}

run "package_in_s3" {
  variables {
    package = { path = "main.tf", object = { bucket = "packages", key = "bar-dev/package-1.zip" } }
  }

  assert {
    condition     = aws_lambda_function.this.filename == null && aws_lambda_function.this.s3_bucket == "packages" && aws_lambda_function.this.s3_key == "bar-dev/package-1.zip"
    error_message = "The package comes from S3, and is not uploaded directly."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("main.tf")
    error_message = "The function is updated when the content of its package changes, wherever it comes from."
  }
}

run "missing_package" {
  command = plan

  variables {
    package = { path = "missing.zip" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "package_that_exists_in_s3" {
  variables {
    package = { object = { bucket = "packages", key = "bar.zip", version = "3" } }
  }

  assert {
    condition = alltrue([
      aws_lambda_function.this.filename == null,
      aws_lambda_function.this.s3_bucket == "packages",
      aws_lambda_function.this.s3_key == "bar.zip",
      aws_lambda_function.this.s3_object_version == "3",
    ])
    error_message = "The package is the version of the object, and no file is read."
  }
}

run "package_that_is_missing_but_ignored" {
  variables {
    package = { path = "missing.zip", ignore_changes = true }
  }

  assert {
    condition     = aws_lambda_function.this.filename == "missing.zip"
    error_message = "Code that is deployed outside of Terraform needs no file, and the function keeps the name of the first one."
  }
}
