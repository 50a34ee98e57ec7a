# The permissions that the settings need. The set of concerns depends on which settings are present, never on their
# values, which can be unknown until apply.
locals {
  destinations = concat(var.settings.on_failure[*].destination_arn, var.settings.on_success[*].destination_arn)

  configures_invocation = length(local.destinations) > 0 || anytrue([
    var.settings.maximum_retry_attempts != null,
    var.settings.maximum_event_age_in_seconds != null,
  ])

  # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  sending = {
    events = ["events:PutEvents"]
    lambda = ["lambda:InvokeFunction"]
    s3     = ["s3:ListBucket", "s3:PutObject"]
    sns    = ["sns:Publish"]
    sqs    = ["sqs:SendMessage"]
  }

  statements = {
    dead_letter = [for arn in var.settings.dead_letter_queue[*].target_arn : {
      actions   = local.sending[split(":", arn)[2]]
      resources = [arn]
    }]

    destinations = [for arn in local.destinations : {
      actions   = local.sending[split(":", arn)[2]]
      resources = split(":", arn)[2] == "s3" ? [arn, "${arn}/*"] : [arn]
    }]

    kms = [for arn in var.settings.kms_key[*].arn : {
      actions   = ["kms:Decrypt"]
      resources = [arn]
    }]

    # EC2's describe actions support no resources, and Lambda creates the interfaces itself, with unknown ARNs.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    vpc = [for vpc in var.settings.vpc[*] : {
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }]

    # These actions support no resource except *.
    # https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    xray = [for mode in var.settings.xray ? ["Active"] : [] : {
      actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      resources = ["*"]
    }]
  }
}
