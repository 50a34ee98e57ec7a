output "topic_arn" {
  description = "ARN of the topic, known once S3 can publish to it and it delivers to the queue. Before that, S3 rejects the notification or events are lost."
  value       = var.topic_arn

  depends_on = [aws_sns_topic_policy.this, aws_sns_topic_subscription.this]
}

output "mapping_uuid" {
  description = "UUID of the event source mapping."
  value       = aws_lambda_event_source_mapping.this.uuid
}
