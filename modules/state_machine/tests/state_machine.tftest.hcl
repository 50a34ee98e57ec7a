mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/bar-dev.states"
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = {
      arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/bar-dev"
    }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn = "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev"
    }
  }
}

variables {
  name       = "bar-dev"
  arn        = "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev"
  definition = "./tests/example.asl.json"
  functions = {
    lambda = {
      name = "bar-dev"
      arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    }
    lambda_cellar = {
      name = "bar-dev-cellar"
      arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar"
    }
  }
}

run "defaults" {
  assert {
    condition = jsondecode(aws_sfn_state_machine.this.definition) == {
      Comment = "$${x} %%{y} {% $states.input %}"
      StartAt = "Boil"
      States = {
        Boil = { Type = "Task", Resource = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev", Next = "Cool" }
        Cool = { Type = "Task", Resource = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar", End = true }
      }
    }
    error_message = "The definition contains the functions' ARNs, and is otherwise unchanged."
  }

  assert {
    condition     = aws_sfn_state_machine.this.name == "bar-dev" && aws_sfn_state_machine.this.type == "STANDARD" && aws_sfn_state_machine.this.role_arn == "arn:aws:iam::123456789012:role/bar-dev.states"
    error_message = "It is a standard state machine with its own role."
  }

  assert {
    condition = jsondecode(aws_iam_role.this["this"].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "AssumeRole"
        Effect    = "Allow"
        Principal = { Service = "states.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          ArnLike = {
            "aws:SourceArn" = [
              "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev",
              "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev:*",
              "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev/*",
            ]
          }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
      }]
    }
    error_message = "Only Step Functions can assume the role, and only for this state machine."
  }

  assert {
    condition     = aws_iam_role.this["this"].path == "/" && aws_iam_role.this["this"].permissions_boundary == null
    error_message = "By default the role has no path and no permissions boundary."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.lambda["lambda"].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid    = "InvokeFunctions"
        Effect = "Allow"
        Action = ["lambda:InvokeFunction"]
        Resource = [
          "arn:aws:lambda:us-east-1:123456789012:function:bar-dev",
          "arn:aws:lambda:us-east-1:123456789012:function:bar-dev:*",
          "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar",
          "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar:*",
        ]
      }]
    }
    error_message = "The role can invoke exactly the functions, at any version."
  }

  assert {
    condition     = length(aws_iam_role_policy.statements) + length(aws_iam_role_policy.policies) + length(aws_iam_role_policy.logs) + length(aws_iam_role_policy.xray) + length(aws_cloudwatch_log_group.this) == 0
    error_message = "There is nothing else by default."
  }

  assert {
    condition     = one(aws_sfn_state_machine.this.logging_configuration).level == "OFF" && !one(aws_sfn_state_machine.this.tracing_configuration).enabled
    error_message = "Nothing is logged or traced. Without a configuration, the provider keeps the present one."
  }

  assert {
    condition     = output.arn == "arn:aws:states:us-east-1:123456789012:stateMachine:bar-dev"
    error_message = "The output identifies the state machine."
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::123456789012:role/bar-dev.states" && output.log_group_name == null
    error_message = "The outputs identify the role and the log group, which does not exist."
  }
}

run "everything" {
  variables {
    type                   = "EXPRESS"
    log_level              = "ALL"
    include_execution_data = true
    log_retention_in_days  = 14
    log_group_kms_key      = { arn = "arn:aws:kms:us-east-1:123456789012:key/2" }
    tracing                = true
    tags                   = { stage = "dev" }
    statements = {
      sqs = [{
        actions   = ["sqs:SendMessage"]
        resources = ["arn:aws:sqs:us-east-1:123456789012:orders"]
      }]
    }
    policies = {
      user = "{ \"Version\": \"2012-10-17\", \"Statement\": [] }"
    }
  }

  assert {
    condition     = aws_sfn_state_machine.this.type == "EXPRESS"
    error_message = "The type is passed on."
  }

  assert {
    condition = one(aws_sfn_state_machine.this.logging_configuration) == {
      level                  = "ALL"
      include_execution_data = true
      log_destination        = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/bar-dev:*"
    }
    error_message = "Executions are logged to the log group."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this["bar-dev"].name == "/aws/vendedlogs/states/bar-dev" && aws_cloudwatch_log_group.this["bar-dev"].retention_in_days == 14
    error_message = "The log group is under /aws/vendedlogs/, with the given retention."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this["bar-dev"].kms_key_id == "arn:aws:kms:us-east-1:123456789012:key/2"
    error_message = "The logs are encrypted with the given key."
  }

  assert {
    condition     = output.log_group_name == "/aws/vendedlogs/states/bar-dev"
    error_message = "The output names the log group."
  }

  assert {
    condition = jsondecode(output.policy_document).Statement == concat(
      jsondecode(aws_iam_role_policy.lambda["lambda"].policy).Statement,
      jsondecode(aws_iam_role_policy.logs["logs"].policy).Statement,
      jsondecode(aws_iam_role_policy.xray["xray"].policy).Statement,
      jsondecode(aws_iam_role_policy.statements["sqs"].policy).Statement,
    )
    error_message = "The output has the statements of all policies but those that the caller passes."
  }

  assert {
    condition     = one(aws_sfn_state_machine.this.tracing_configuration).enabled
    error_message = "Executions are traced."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.statements["sqs"].policy).Statement[0] == { Sid = "Sqs", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = ["arn:aws:sqs:us-east-1:123456789012:orders"] }
    error_message = "A statement allows its actions on its resources."
  }

  assert {
    condition     = aws_iam_role_policy.policies["user"].policy == var.policies["user"]
    error_message = "A policy document is passed on unchanged."
  }

  assert {
    condition = alltrue([
      for policy in concat(values(aws_iam_role_policy.lambda), values(aws_iam_role_policy.statements), values(aws_iam_role_policy.policies), values(aws_iam_role_policy.logs), values(aws_iam_role_policy.xray)) :
      policy.role == "bar-dev.states"
    ])
    error_message = "Every policy is attached to the role."
  }

  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.logs["logs"].policy).Statement[0].Action, "logs:CreateLogDelivery") && contains(jsondecode(aws_iam_role_policy.xray["xray"].policy).Statement[0].Action, "xray:PutTraceSegments")
    error_message = "The role can deliver logs and traces."
  }

  assert {
    condition     = alltrue([for tags in [aws_sfn_state_machine.this.tags, aws_iam_role.this["this"].tags, aws_cloudwatch_log_group.this["bar-dev"].tags] : tags == tomap({ stage = "dev" })])
    error_message = "All resources that support tags are tagged."
  }
}

run "alias" {
  variables {
    functions = {
      lambda = {
        name      = "bar-dev"
        arn       = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
        alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev:live"
      }
      lambda_cellar = {
        name = "bar-dev-cellar"
        arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar"
      }
    }
  }

  assert {
    condition     = values(jsondecode(aws_sfn_state_machine.this.definition).States)[*].Resource == ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev:live", "arn:aws:lambda:us-east-1:123456789012:function:bar-dev-cellar"]
    error_message = "The definition contains the alias of a function that has one."
  }

  assert {
    condition     = slice(jsondecode(aws_iam_role_policy.lambda["lambda"].policy).Statement[0].Resource, 0, 2) == ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev", "arn:aws:lambda:us-east-1:123456789012:function:bar-dev:*"]
    error_message = "The role can invoke the function, at every version and without one."
  }
}

run "no_function_and_no_tracing" {
  variables {
    functions  = {}
    tracing    = false
    definition = "./tests/plain.asl.json"
  }

  assert {
    condition     = length(aws_iam_role_policy.lambda) == 0 && length(aws_iam_role_policy.xray) == 0
    error_message = "The role has no permissions."
  }

  assert {
    condition     = one(aws_sfn_state_machine.this.tracing_configuration).enabled == false
    error_message = "Tracing is disabled."
  }
}

run "long_names" {
  variables {
    name = "${join("", [for _ in range(7) : "0123456789"])}-123456789"
    arn  = "arn:aws:states:us-east-1:123456789012:stateMachine:${join("", [for _ in range(7) : "0123456789"])}-123456789"
  }

  assert {
    condition     = aws_sfn_state_machine.this.name == var.name && aws_iam_role.this["this"].name == "012345678901234567890123456789012345678901234567.${substr(sha256(var.name), 0, 8)}.states" && length(aws_iam_role.this["this"].name) <= 64
    error_message = "The name of a state machine can be longer than that of a role."
  }
}

run "longest_name_for_a_role" {
  variables {
    name = join("", [for _ in range(57) : "x"])
    arn  = "arn:aws:states:us-east-1:123456789012:stateMachine:${join("", [for _ in range(57) : "x"])}"
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "${var.name}.states"
    error_message = "The role has the state machine's name if that is short enough."
  }
}

run "name_one_character_too_long_for_a_role" {
  variables {
    name = join("", [for _ in range(58) : "x"])
    arn  = "arn:aws:states:us-east-1:123456789012:stateMachine:${join("", [for _ in range(58) : "x"])}"
  }

  assert {
    condition     = length(aws_iam_role.this["this"].name) == 64 && strcontains(aws_iam_role.this["this"].name, substr(sha256(var.name), 0, 8))
    error_message = "The role's name contains a digest if the state machine's name is too long."
  }
}

run "role_settings" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/Bounds"
    role_path            = "/apps/"
    role_name_prefix     = "team-"
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "team-bar-dev.states" && aws_iam_role.this["this"].path == "/apps/" && aws_iam_role.this["this"].permissions_boundary == "arn:aws:iam::123456789012:policy/Bounds"
    error_message = "The prefix, the path and the permissions boundary reach the role."
  }
}

run "longest_prefix" {
  command = plan

  variables {
    name             = "cellar-of-the-bar"
    arn              = "arn:aws:states:us-east-1:123456789012:stateMachine:cellar-of-the-bar"
    role_name_prefix = join("", [for _ in range(48) : "x"])
  }

  assert {
    condition     = aws_iam_role.this["this"].name == "${var.role_name_prefix}.${substr(sha256("${var.role_name_prefix}${var.name}"), 0, 8)}.states" && length(aws_iam_role.this["this"].name) == 64
    error_message = "A digest takes the place of the name, which does not fit after the prefix."
  }
}

run "existing_role" {
  variables {
    role                 = { arn = "arn:aws:iam::123456789012:role/apps/machines" }
    permissions_boundary = "arn:aws:iam::123456789012:policy/Bounds"
    log_level            = "ALL"
    tracing              = true
    statements = {
      sqs = [{
        actions   = ["sqs:SendMessage"]
        resources = ["arn:aws:sqs:us-east-1:123456789012:orders"]
      }]
    }
    policies = {
      user = "{ \"Version\": \"2012-10-17\", \"Statement\": [] }"
    }
  }

  assert {
    condition     = aws_sfn_state_machine.this.role_arn == "arn:aws:iam::123456789012:role/apps/machines"
    error_message = "The state machine uses the existing role."
  }

  assert {
    condition     = length(aws_iam_role.this) + length(aws_iam_role_policy.lambda) + length(aws_iam_role_policy.statements) + length(aws_iam_role_policy.policies) + length(aws_iam_role_policy.logs) + length(aws_iam_role_policy.xray) == 0
    error_message = "No role is created, and nothing is attached to the existing one."
  }

  assert {
    condition     = jsondecode(output.policy_document).Statement[*].Sid == ["InvokeFunctions", "DeliverLogs", "SendTraces", "Sqs"]
    error_message = "The output has the permissions that the existing role needs."
  }
}

run "statements_of_one_concern" {
  command = plan

  variables {
    statements = {
      dead_letter = [
        { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] },
        { actions = ["sns:Publish"], resources = ["arn:aws:sns:us-east-1:123456789012:orders"] },
      ]
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.statements["dead_letter"].policy).Statement[*].Sid == ["DeadLetter", "DeadLetter2"]
    error_message = "Each statement has a Sid of letters and digits, unique in its policy."
  }
}

run "key" {
  variables {
    kms_key = { arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  }

  assert {
    condition     = aws_sfn_state_machine.this.encryption_configuration[0].type == "CUSTOMER_MANAGED_KMS_KEY" && aws_sfn_state_machine.this.encryption_configuration[0].kms_key_id == "arn:aws:kms:us-east-1:123456789012:key/1"
    error_message = "The key encrypts the state machine."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.key["key"].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = ["arn:aws:kms:us-east-1:123456789012:key/1"]
      }]
    }
    error_message = "The role can use the key, and no other."
  }
}

run "no_key" {
  assert {
    condition     = aws_sfn_state_machine.this.encryption_configuration[0].type == "AWS_OWNED_KEY" && aws_sfn_state_machine.this.encryption_configuration[0].kms_key_id == null && length(aws_iam_role_policy.key) == 0
    error_message = "Without a key, Step Functions' own key encrypts the state machine."
  }
}

run "key_with_an_existing_role" {
  variables {
    kms_key = { arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
    role    = { arn = "arn:aws:iam::123456789012:role/shared" }
  }

  assert {
    condition     = length(aws_iam_role_policy.key) == 0
    error_message = "Nothing is attached to an existing role."
  }

  assert {
    condition     = contains(jsondecode(output.policy_document).Statement[*].Sid, "UseKey")
    error_message = "The output has the permission to use the key."
  }
}
