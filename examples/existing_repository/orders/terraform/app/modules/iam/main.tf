locals {
  # logs:CreateLogGroup is not needed: the log group exists before the function.
  logs = [{
    effect    = "Allow"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn}:*"]
    condition = {}
  }]

  # Permissions of the function itself, by concern.
  needed = {
    for concern, statements in merge({ logs = local.logs }, var.statements) : concern => [
      for index, statement in statements : merge(
        {
          Sid      = "${replace(title(replace(concern, "_", " ")), "/[^0-9A-Za-z]/", "")}${index == 0 ? "" : index + 1}"
          Effect   = statement.effect
          Action   = statement.actions
          Resource = statement.resources
        },
        { for condition in [statement.condition] : "Condition" => condition if length(condition) > 0 },
      )
    ]
  }

  # Permissions of its event source mappings, by concern. In one local with `needed`, the function would wait for
  # every queue and stream.
  mappings = {
    for concern, statements in var.mapping_statements : concern => [
      for index, statement in statements : merge(
        {
          Sid      = "${replace(title(replace(concern, "_", " ")), "/[^0-9A-Za-z]/", "")}${index == 0 ? "" : index + 1}"
          Effect   = statement.effect
          Action   = statement.actions
          Resource = statement.resources
        },
        { for condition in [statement.condition] : "Condition" => condition if length(condition) > 0 },
      )
    ]
  }

  creates_role    = var.role.existing == null
  attaches_needed = local.creates_role && var.role.autogen_policy
}

# An existing role is used unchanged: nothing is attached to it.
resource "aws_iam_role" "this" {
  for_each = local.creates_role ? toset(["this"]) : []

  name                 = "${var.role.name_prefix}${var.name}"
  path                 = var.role.path
  permissions_boundary = var.role.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Lambda"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "needed" {
  for_each = { for concern, statements in local.needed : concern => statements if local.attaches_needed }

  name = lookup(var.role.policy_names, each.key, each.key)
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy" "mappings" {
  for_each = { for concern, statements in local.mappings : concern => statements if local.attaches_needed }

  name = lookup(var.role.policy_names, each.key, each.key)
  role = aws_iam_role.this["this"].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value
  })
}

resource "aws_iam_role_policy" "policies" {
  for_each = { for name, document in var.role.policies : name => document if local.creates_role }

  name   = lookup(var.role.policy_names, each.key, each.key)
  role   = aws_iam_role.this["this"].name
  policy = each.value
}
