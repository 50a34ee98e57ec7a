output "queue_arn" {
  description = "ARN of the queue, known once the function reads it."
  value       = var.mapping.queue_arn

  depends_on = [aws_lambda_event_source_mapping.this]
}
