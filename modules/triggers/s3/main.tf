data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_lambda_permission" "this" {
  statement_id_prefix = "s3-"
  action              = "lambda:InvokeFunction"
  function_name       = var.function.name
  principal           = "s3.amazonaws.com"
  source_arn          = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"

  # The ARN of a bucket names no account: should the bucket go, whoever takes its name must not get in.
  source_account = data.aws_caller_identity.current.account_id
}
