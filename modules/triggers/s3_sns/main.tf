# If the function, the route or the bucket changes, all of this gets other labels and names. Terraform keeps
# create_before_destroy in the state: what leaves the configuration is destroyed once the bucket's notification has
# changed.

resource "aws_lambda_permission" "this" {
  statement_id_prefix = "sns-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "sns.amazonaws.com"
  source_arn          = var.topic_arn

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = var.topic_arn
  protocol  = "lambda"
  endpoint  = var.function.arn

  lifecycle {
    create_before_destroy = true
  }

  # A message that arrives before the permission exists is lost.
  depends_on = [aws_lambda_permission.this]
}

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
        ArnEquals    = { "aws:SourceArn" = [var.bucket.arn] }
        StringEquals = { "aws:SourceAccount" = var.bucket.account_id }
      }
    }]
  })

  lifecycle {
    create_before_destroy = true
  }
}
