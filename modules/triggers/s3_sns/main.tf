# If the function, the route or the bucket changes, all of this gets other labels and names. Terraform keeps
# create_before_destroy in the state: what leaves the configuration is destroyed once the bucket's notification has
# changed.

locals {
  # The name of the source, which each plan knows, unlike its ARN.
  source = "${var.bucket.name}/${var.topic.name}"

  # The bucket is in the function's partition and account. From its ARN, both are known whatever the app waits for.
  partition  = split(":", var.function.arn)[1]
  account_id = split(":", var.function.arn)[4]
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket.name}"
}

resource "aws_lambda_permission" "this" {
  # The same in every plan, and another one for another source. It is short, because the statements of a function have
  # at most 20 KB.
  statement_id = "s3-${replace(substr(var.topic.name, max(0, length(var.topic.name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(local.source), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action     = "lambda:InvokeFunction"
  principal  = "sns.amazonaws.com"
  source_arn = var.topic.arn

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = var.topic.arn
  protocol  = "lambda"
  endpoint  = var.function.arn

  lifecycle {
    create_before_destroy = true
  }

  # A message that arrives before the permission exists is lost.
  depends_on = [aws_lambda_permission.this]
}

resource "aws_sns_topic_policy" "this" {
  arn = var.topic.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "PublishFromS3"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = var.topic.arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = [local.bucket_arn] }
          StringEquals = { "aws:SourceAccount" = local.account_id }
        }
      },
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = var.topic.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  lifecycle {
    create_before_destroy = true
  }
}
