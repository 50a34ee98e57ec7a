data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

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
        ArnEquals = {
          "aws:SourceArn" = [for name in var.buckets : "arn:${data.aws_partition.current.partition}:s3:::${name}"]
        }
        # The ARN of a bucket names no account: should the bucket go, whoever takes its name must not get in.
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
      }
    }]
  })
}
