output "function_url" {
  description = "The URL, with a slash at its end."
  value       = aws_lambda_function_url.this.function_url
}
