output "orders_topic_arn" {
  description = "ARN of the topic of orders."
  value       = aws_sns_topic.orders.arn
}

output "payments_queue_arn" {
  description = "ARN of the FIFO queue of payments."
  value       = aws_sqs_queue.payments.arn
}

output "documents_bucket" {
  description = "Name of the bucket of documents."
  value       = aws_s3_bucket.documents.bucket
}

output "customers_stream_arn" {
  description = "ARN of the stream of the table of customers."
  value       = aws_dynamodb_table.customers.stream_arn
}

output "removals_topic_arn" {
  description = "ARN of the topic that is told which documents are removed, to which the bucket may publish."
  value       = aws_sns_topic_policy.removals.arn
}
