resource "aws_sqs_queue_policy" "this" {
  queue_url = var.queue.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = var.queue.arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = var.bucket_arns }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    }]
  })
}
