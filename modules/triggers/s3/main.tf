resource "aws_lambda_permission" "this" {
  # From the name of the source, which each plan knows, unlike its ARN: another source gets another ID. It is short,
  # because the statements of a function have at most 20 KB.
  statement_id = "s3-${replace(substr(var.bucket.name, max(0, length(var.bucket.name) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(var.bucket.name), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action    = "lambda:InvokeFunction"
  principal = "s3.amazonaws.com"

  # The bucket is in the function's partition and account. From its ARN, both are known whatever the app waits for.
  source_arn     = "arn:${split(":", var.function.arn)[1]}:s3:::${var.bucket.name}"
  source_account = split(":", var.function.arn)[4]

  # The old permission goes after the notification that needed it, if the bucket or the function changes.
  lifecycle {
    create_before_destroy = true
  }
}
