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
        ArnEquals    = { "aws:SourceArn" = var.bucket_arns }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    }]
  })
}
