output "topic_arn" {
  description = "ARN of the topic, known once S3 can publish to it: S3 rejects a notification before that."
  value       = var.topic_arn

  depends_on = [aws_sns_topic_policy.this]
}
