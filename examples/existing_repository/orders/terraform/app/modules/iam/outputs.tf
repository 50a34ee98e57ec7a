output "role_name" {
  description = "Name of the role."
  value       = local.creates_role ? one([for role in aws_iam_role.this : role.name]) : element(split("/", var.role.existing.arn), -1)
}

output "role_arn" {
  description = "ARN of the role, known once the role has the permissions of the function itself."
  value       = local.creates_role ? one([for role in aws_iam_role.this : role.arn]) : var.role.existing.arn

  # Users of the role can rely on its permissions: Lambda rejects a dead-letter queue without them.
  depends_on = [
    aws_iam_role_policy.needed,
    aws_iam_role_policy.policies,
  ]
}

output "mapping_role_arn" {
  description = "ARN of the role, known once the role also has the permissions of the event source mappings."
  value       = local.creates_role ? one([for role in aws_iam_role.this : role.arn]) : var.role.existing.arn

  # Lambda rejects an event source mapping without these permissions. Functions need not wait for the sources.
  depends_on = [
    aws_iam_role_policy.mappings,
    aws_iam_role_policy.policies,
  ]
}

output "policy_document" {
  description = "Permissions that the function needs in addition to policies, as one IAM policy document in JSON, whether or not the role has them."
  value = jsonencode({
    Version   = "2012-10-17"
    Statement = flatten(values(merge(local.needed, local.mappings)))
  })
}
