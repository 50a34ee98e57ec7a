output "function" {
  description = "The function: its name, its ARN, the ARN by which API Gateway invokes it, and the ARN of the alias live where versions are published, else null."
  value = {
    name       = aws_lambda_function.this.function_name
    arn        = aws_lambda_function.this.arn
    invoke_arn = aws_lambda_function.this.invoke_arn
    alias_arn  = one([for alias in aws_lambda_alias.live : alias.arn])
  }
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "log_group_arn" {
  description = "ARN of the log group, without a trailing :*."
  value       = aws_cloudwatch_log_group.this.arn
}

output "statements" {
  description = "What the settings ask of the execution role, by concern, in the form that the iam module takes."
  value       = { for concern, statements in local.statements : concern => statements if length(statements) > 0 }
}
