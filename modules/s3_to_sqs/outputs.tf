output "queue_arn" {
  description = "ARN of the queue, known once S3 can send to it: S3 rejects a notification before that."
  value       = var.queue.arn

  depends_on = [aws_sqs_queue_policy.this]
}
