resource "aws_kms_key" "this" {
  description         = "Queues and environment variables of apps"
  enable_key_rotation = true
}

output "kms_key_arn" {
  description = "ARN of the key."
  value       = aws_kms_key.this.arn
}
