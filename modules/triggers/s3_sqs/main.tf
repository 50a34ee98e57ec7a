# If the function, the route or the bucket changes, all of this gets other labels and names. Terraform keeps
# create_before_destroy in the state: what leaves the configuration is destroyed once the bucket's notification has
# changed.

locals {
  # The bucket is in the function's partition and account. From its ARN, both are known whatever the app waits for.
  partition  = split(":", var.function.arn)[1]
  account_id = split(":", var.function.arn)[4]
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket.name}"
}

# Waits for the role's permission to read the queue, because var.mapping contains its role_arn.
resource "aws_lambda_event_source_mapping" "this" {
  function_name    = var.function.arn
  event_source_arn = var.queue.arn

  # Set even to Lambda's default: without it, the provider asks for a batch size of 0, which Lambda rejects.
  batch_size              = coalesce(var.mapping.batch_size, 10)
  function_response_types = var.mapping.report_batch_item_failures ? ["ReportBatchItemFailures"] : null
  tags                    = var.mapping.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = var.queue.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SendFromS3"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = var.queue.arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = [local.bucket_arn] }
          StringEquals = { "aws:SourceAccount" = local.account_id }
        }
      },
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = var.queue.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  lifecycle {
    create_before_destroy = true
  }
}
