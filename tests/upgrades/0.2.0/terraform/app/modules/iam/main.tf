locals {
  # logs:CreateLogGroup is not needed: the log group exists before the function.
  logs = [{
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn}:*"]
  }]

  # Permissions of the function itself, by concern.
  needed = {
    for concern, statements in merge({ logs = local.logs }, var.statements) : concern => [
      for statement in statements : {
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      }
    ]
  }

  # Permissions of its event source mappings, by concern. In one local with `needed`, the function would wait for
  # every queue and stream.
  mappings = {
    for concern, statements in var.mapping_statements : concern => [
      for statement in statements : {
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      }
    ]
  }
}

# An existing role is used unchanged: nothing is attached to it.
resource "aws_iam_role" "this" {
  for_each = var.role == null ? toset(["this"]) : []

  name                 = var.name
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "needed" {
  for_each = { for concern, statements in local.needed : concern => statements if var.role == null && var.autogen_policy }

  name = lookup(var.policy_names, each.key, each.key)
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy" "mappings" {
  for_each = { for concern, statements in local.mappings : concern => statements if var.role == null && var.autogen_policy }

  name = lookup(var.policy_names, each.key, each.key)
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy" "policies" {
  for_each = { for name, document in var.policies : name => document if var.role == null }

  name   = lookup(var.policy_names, each.key, each.key)
  role   = aws_iam_role.this["this"].name
  policy = each.value
}
