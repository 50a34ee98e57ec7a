output "arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn
}

output "role_arn" {
  description = "ARN of the role."
  value       = local.role_arn
}

output "log_group_name" {
  description = "Name of the log group; null if executions are not logged."
  value       = one([for group in aws_cloudwatch_log_group.this : group.name])
}
