output "topic_arn" {
  description = "ARN of the topic, known once it delivers to the function: a message that is published before that is lost."
  value       = var.subscription.topic_arn

  depends_on = [aws_sns_topic_subscription.this]
}
