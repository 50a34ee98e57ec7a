# The most that a role of an app may have. Deployers can only create roles that have it.

data "aws_iam_policy_document" "boundary" {
  provider = aws.virginia

  statement {
    sid = "Apps"
    actions = [
      "dynamodb:*",
      "ec2:*NetworkInterface*",
      "ec2:AssignPrivateIpAddresses",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
      "kms:Decrypt",
      "lambda:InvokeFunction",
      "logs:*",
      "sqs:*",
      "states:*",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "boundary" {
  provider = aws.virginia

  name   = "apps-boundary"
  policy = data.aws_iam_policy_document.boundary.json
}
