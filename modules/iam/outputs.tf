output "role_name" {
  description = "Name of the role."
  value       = var.role == null ? aws_iam_role.this["this"].name : element(split("/", var.role.arn), -1)
}

output "role_arn" {
  description = "ARN of the role, known once the role has all its permissions."
  value       = var.role == null ? aws_iam_role.this["this"].arn : var.role.arn

  # Whoever uses the role may count on its permissions: an event source mapping is rejected without them.
  depends_on = [
    aws_iam_role_policy.needed,
    aws_iam_role_policy.policies,
  ]
}

output "policy_document" {
  description = "What the function needs beyond var.policies, as one IAM policy document in JSON, whether or not the role has it."
  value = jsonencode({
    Version   = "2012-10-17"
    Statement = flatten(values(local.needed))
  })
}
