data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_sns_topic_policy" "this" {
  arn = var.topic_arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = var.topic_arn
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
