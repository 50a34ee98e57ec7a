output "arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn
}

output "role_arn" {
  description = "ARN of the role."
  value       = local.role_arn
}

output "policy_document" {
  description = "Permissions that the role needs in addition to policies, as one IAM policy document in JSON, whether or not the role has them."
  value = jsonencode({
    Version   = "2012-10-17"
    Statement = flatten(concat(values(local.needed), values(local.policies)))
  })
}

output "log_group_name" {
  description = "Name of the log group; null if executions are not logged."
  value       = one([for group in aws_cloudwatch_log_group.this : group.name])
}
