locals {
  # The name of the source, which each plan knows, unlike its ARN.
  source = var.bucket.name

  # The bucket is in the function's partition and account. From its ARN, both are known whatever the app waits for.
  partition  = split(":", var.function.arn)[1]
  account_id = split(":", var.function.arn)[4]
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket.name}"
}

resource "aws_lambda_permission" "this" {
  # The same in every plan, and another one for another source. It is short, because the statements of a function have
  # at most 20 KB.
  statement_id = "s3-${replace(substr(local.source, max(0, length(local.source) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(local.source), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action         = "lambda:InvokeFunction"
  principal      = "s3.amazonaws.com"
  source_arn     = local.bucket_arn
  source_account = local.account_id

  # The old permission goes after the notification that needed it, if the bucket or the function changes.
  lifecycle {
    create_before_destroy = true
  }
}
