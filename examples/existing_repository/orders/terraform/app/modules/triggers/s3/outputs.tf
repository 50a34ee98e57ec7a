output "function_arn" {
  description = "ARN of the function, known once S3 can invoke it: S3 rejects a notification before that."
  value       = var.function.arn

  depends_on = [aws_lambda_permission.this]
}
