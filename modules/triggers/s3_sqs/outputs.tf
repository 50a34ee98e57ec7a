output "queue_arn" {
  description = "ARN of the queue, known once S3 can send to it and the function reads it: S3 rejects a notification before that."
  value       = var.queue.arn

  depends_on = [aws_sqs_queue_policy.this, aws_lambda_event_source_mapping.this]
}

output "mapping_uuid" {
  description = "UUID of the event source mapping."
  value       = aws_lambda_event_source_mapping.this.uuid
}
