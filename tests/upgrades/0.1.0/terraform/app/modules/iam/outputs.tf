output "role_name" {
  description = "Name of the role."
  value       = var.role == null ? aws_iam_role.this["this"].name : element(split("/", var.role.arn), -1)
}

output "role_arn" {
  description = "ARN of the role, known once the role has the permissions of the function itself."
  value       = var.role == null ? aws_iam_role.this["this"].arn : var.role.arn

  # Whoever uses the role may count on its permissions: Lambda rejects a dead letter queue without them.
  depends_on = [
    aws_iam_role_policy.needed,
    aws_iam_role_policy.policies,
  ]
}

output "mapping_role_arn" {
  description = "ARN of the role, known once it also has the permissions of the event source mappings."
  value       = var.role == null ? aws_iam_role.this["this"].arn : var.role.arn

  # Lambda rejects an event source mapping without them. Functions need not wait for the sources.
  depends_on = [
    aws_iam_role_policy.mappings,
    aws_iam_role_policy.policies,
  ]
}

output "policy_document" {
  description = "What the function needs beyond var.policies, as one IAM policy document in JSON, whether or not the role has it."
  value = jsonencode({
    Version   = "2012-10-17"
    Statement = flatten(values(merge(local.needed, local.mappings)))
  })
}
