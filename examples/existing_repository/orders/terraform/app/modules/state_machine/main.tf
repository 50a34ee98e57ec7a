locals {
  # Function names contain no dot, so the dot separates this role from functions' roles. Role names have at most 64
  # characters and machine names 80: the end of a longer name is replaced by a digest.
  long_name = "${var.role_name_prefix}${var.name}"
  role_name = length(local.long_name) <= 57 ? "${local.long_name}.states" : "${substr(local.long_name, 0, 48)}.${substr(sha256(local.long_name), 0, 8)}.states"
  role_arn  = var.role == null ? one([for role in aws_iam_role.this : role.arn]) : var.role.arn

  # Permissions that the state machine itself needs, by the policy's name.
  needed = {
    # Includes versions and aliases: running executions continue with those that they started with.
    lambda = [for arns in [flatten([for function in values(var.functions) : [function.arn, "${function.arn}:*"]])] : {
      Sid      = "InvokeFunctions"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = arns
    } if length(arns) > 0]

    # For definitions and executions, and for events on their way to the logs.
    # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    key = [for arn in var.kms_key[*].arn : {
      Sid      = "UseKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [arn]
    }]

    # These actions support no resource except *.
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
    logs = [for level in [var.log_level] : {
      Sid    = "DeliverLogs"
      Effect = "Allow"
      Action = [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
      ]
      Resource = ["*"]
    } if level != "OFF"]

    # These actions support no resource except *.
    # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
    xray = [for tracing in [var.tracing] : {
      Sid    = "SendTraces"
      Effect = "Allow"
      Action = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ]
      Resource = ["*"]
    } if tracing]
  }

  # Permissions for what the definition calls, by the policy's name.
  policies = {
    for concern, statements in var.statements : concern => [
      for index, statement in statements : {
        # Sids are letters and digits: sqs becomes Sqs, and its second statement Sqs2.
        Sid      = "${replace(title(replace(concern, "/[^A-Za-z0-9]+/", " ")), " ", "")}${index == 0 ? "" : index + 1}"
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      }
    ]
  }
}

resource "aws_sfn_state_machine" "this" {
  name     = var.name
  type     = var.type
  role_arn = local.role_arn

  definition = templatefile(var.definition, {
    for parameter, function in var.functions : parameter => coalesce(function.alias_arn, function.arn)
  })

  logging_configuration {
    level                  = var.log_level
    include_execution_data = var.include_execution_data
    log_destination        = one([for group in aws_cloudwatch_log_group.this : "${group.arn}:*"])
  }

  # Both are set even to their defaults: without them, the provider keeps the present settings.
  encryption_configuration {
    type       = var.kms_key == null ? "AWS_OWNED_KEY" : "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id = one(var.kms_key[*].arn)
  }

  tracing_configuration {
    enabled = var.tracing
  }

  tags = var.tags

  # Step Functions checks some of the permissions when it receives a definition.
  depends_on = [
    aws_iam_role_policy.key,
    aws_iam_role_policy.lambda,
    aws_iam_role_policy.logs,
    aws_iam_role_policy.statements,
    aws_iam_role_policy.policies,
    aws_iam_role_policy.xray,
  ]
}

# Log groups under /aws/vendedlogs/ add nothing to the account's resource policy, whose size is limited.
resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_level == "OFF" ? [] : toset([var.name])

  name              = "/aws/vendedlogs/states/${each.key}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = one(var.log_group_kms_key[*].arn)
  tags              = var.tags
}

# An existing role is used unchanged: nothing is attached to it.
resource "aws_iam_role" "this" {
  for_each = var.role == null ? toset(["this"]) : []

  name                 = local.role_name
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  # For this state machine only, at each version (:*) and in each run of a distributed map (/*).
  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike      = { "aws:SourceArn" = [var.arn, "${var.arn}:*", "${var.arn}/*"] }
        StringEquals = { "aws:SourceAccount" = split(":", var.arn)[4] }
      }
    }]
  })
}

moved {
  from = aws_iam_role.this
  to   = aws_iam_role.this["this"]
}

resource "aws_iam_role_policy" "lambda" {
  for_each = var.role == null && length(var.functions) > 0 ? toset(["lambda"]) : []

  name = each.key
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.needed.lambda
  })
}

resource "aws_iam_role_policy" "statements" {
  for_each = { for concern, statements in local.policies : concern => statements if var.role == null }

  name = each.key
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy" "policies" {
  for_each = { for name, document in var.policies : name => document if var.role == null }

  name   = each.key
  role   = aws_iam_role.this["this"].name
  policy = each.value
}

resource "aws_iam_role_policy" "key" {
  for_each = var.role == null && var.kms_key != null ? toset(["key"]) : []

  name = each.key
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.needed.key
  })
}

resource "aws_iam_role_policy" "logs" {
  for_each = var.role == null && var.log_level != "OFF" ? toset(["logs"]) : []

  name = each.key
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.needed.logs
  })
}

resource "aws_iam_role_policy" "xray" {
  for_each = var.role == null && var.tracing ? toset(["xray"]) : []

  name = each.key
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.needed.xray
  })
}
