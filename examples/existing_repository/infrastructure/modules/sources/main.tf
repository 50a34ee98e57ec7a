resource "aws_sns_topic" "orders" {
  name = "${var.name}-orders"
}

resource "aws_sqs_queue" "payments" {
  name                       = "${var.name}-payments.fifo"
  fifo_queue                 = true
  kms_master_key_id          = var.kms_key_arn
  visibility_timeout_seconds = 180 # six times the timeout of the function that reads it

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.failed_payments.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "failed_payments" {
  name                      = "${var.name}-failed-payments.fifo"
  fifo_queue                = true
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = 1209600 # 14 days
}

resource "aws_dynamodb_table" "customers" {
  name             = "${var.name}-customers"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"

  attribute {
    name = "id"
    type = "S"
  }
}
