output "function" {
  description = "The function's name and ARN, as the modules of triggers take them."
  value = {
    name = aws_lambda_function.this.function_name
    arn  = aws_lambda_function.this.arn
  }
}

output "attributes" {
  description = "Further attributes: the ARN with which API Gateway invokes the function, the alias live (null unless versions are published), the newest version and the ARN with it, and the log group."
  value = {
    invoke_arn     = aws_lambda_function.this.invoke_arn
    alias_arn      = one([for alias in aws_lambda_alias.live : alias.arn])
    version        = aws_lambda_function.this.version
    qualified_arn  = aws_lambda_function.this.qualified_arn
    log_group_name = aws_cloudwatch_log_group.this.name
    log_group_arn  = aws_cloudwatch_log_group.this.arn
  }
}

output "log_group_arn" {
  description = "ARN of the log group, without a trailing :*."
  value       = aws_cloudwatch_log_group.this.arn
}

output "statements" {
  description = "Permissions that the settings need, by concern, in the form of the input statements of the module iam."
  value       = { for concern, statements in local.statements : concern => statements if length(statements) > 0 }
}
