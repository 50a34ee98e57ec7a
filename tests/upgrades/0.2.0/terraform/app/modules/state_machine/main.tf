data "aws_caller_identity" "current" {}

locals {
  # Function names contain no dot, so the dot separates this role from functions' roles. Role names have at most 64
  # characters and machine names 80: the end of a longer name is replaced by a digest.
  role_name = length(var.name) <= 57 ? "${var.name}.states" : "${substr(var.name, 0, 48)}.${substr(sha256(var.name), 0, 8)}.states"
}

resource "aws_sfn_state_machine" "this" {
  name     = var.name
  type     = var.type
  role_arn = aws_iam_role.this.arn

  definition = templatefile(var.definition, {
    for parameter, function in var.functions : parameter => coalesce(function.alias_arn, function.arn)
  })

  logging_configuration {
    level                  = var.log_level
    include_execution_data = var.include_execution_data
    log_destination        = one([for group in aws_cloudwatch_log_group.this : "${group.arn}:*"])
  }

  # Set even if it is off: without it, the provider keeps the present setting.
  tracing_configuration {
    enabled = var.tracing
  }

  tags = var.tags

  # Step Functions checks some of the permissions when it receives a definition.
  depends_on = [
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
  tags              = var.tags
}

resource "aws_iam_role" "this" {
  name = local.role_name
  tags = var.tags

  # For state machines of this account only: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
      }
    }]
  })
}

# Includes versions and aliases: running executions continue with those that they started with.
resource "aws_iam_role_policy" "lambda" {
  for_each = length(var.functions) > 0 ? toset(["lambda"]) : []

  name = each.key
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = flatten([for function in values(var.functions) : [function.arn, "${function.arn}:*"]])
    }]
  })
}

resource "aws_iam_role_policy" "statements" {
  for_each = var.statements

  name = each.key
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in each.value : {
      Effect   = "Allow"
      Action   = statement.actions
      Resource = statement.resources
    }]
  })
}

resource "aws_iam_role_policy" "policies" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.name
  policy = each.value
}

# These actions support no resource except *.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
resource "aws_iam_role_policy" "logs" {
  for_each = var.log_level == "OFF" ? [] : toset(["logs"])

  name = each.key
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
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
    }]
  })
}

# These actions support no resource except *.
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
resource "aws_iam_role_policy" "xray" {
  for_each = var.tracing ? toset(["xray"]) : []

  name = each.key
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ]
      Resource = ["*"]
    }]
  })
}
