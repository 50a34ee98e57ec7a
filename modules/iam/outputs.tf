output "role_name" {
  description = "Name of the role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the role, known once the role has all its permissions."
  value       = aws_iam_role.this.arn

  # Whoever uses the role may count on its permissions: an event source mapping is rejected without them.
  depends_on = [
    aws_iam_role_policy.logs,
    aws_iam_role_policy.statements,
    aws_iam_role_policy.policies,
  ]
}
