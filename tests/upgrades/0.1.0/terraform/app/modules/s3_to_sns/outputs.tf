output "topic_arn" {
  description = "ARN of the topic, known once S3 may publish: S3 refuses a notification before that."
  value       = var.topic_arn

  depends_on = [aws_sns_topic_policy.this]
}
