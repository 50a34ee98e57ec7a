output "function" {
  description = "The function: its name, its ARN, the ARN with which API Gateway invokes it, and the ARN of the alias live, which is null unless versions are published."
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
  description = "Permissions that the settings need, by concern, in the form of the input statements of the module iam."
  value       = { for concern, statements in local.statements : concern => statements if length(statements) > 0 }
}
