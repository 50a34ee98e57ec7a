resource "aws_lambda_permission" "this" {
  statement_id_prefix = "s3-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "s3.amazonaws.com"
  source_arn          = var.bucket.arn
  source_account      = var.bucket.account_id

  # The old permission goes after the notification that needed it, if the bucket or the function changes.
  lifecycle {
    create_before_destroy = true
  }
}
