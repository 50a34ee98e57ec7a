# The permissions that the settings need. The set of concerns depends on which settings are present, never on their
# values, which can be unknown until apply.
locals {
  # arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME. The role is created before the function, so it can't wait for its ARN.
  owner        = split(":", aws_cloudwatch_log_group.this.arn)
  function_arn = "arn:${local.owner[1]}:lambda:${local.owner[3]}:${local.owner[4]}:function:${var.name}"
  ec2          = "arn:${local.owner[1]}:ec2:${local.owner[3]}:*"

  destinations = concat(var.settings.on_failure[*].destination_arn, var.settings.on_success[*].destination_arn)

  configures_invocation = length(local.destinations) > 0 || var.settings.maximum_retry_attempts != null || var.settings.maximum_event_age_in_seconds != null

  # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  sending = {
    events = ["events:PutEvents"]
    lambda = ["lambda:InvokeFunction"]
    s3     = ["s3:ListBucket", "s3:PutObject"]
    sns    = ["sns:Publish"]
    sqs    = ["sqs:SendMessage"]
  }

  # Lambda uses these keys only through the services of the sources and destinations, in the Regions of the keys. Their
  # names end in amazonaws.com in all partitions.
  # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
  keys_of_others = [
    { arns = var.settings.source_kms_key_arns, actions = ["kms:Decrypt"], services = ["dynamodb", "kinesis", "sqs"] },
    { arns = var.settings.destination_kms_key_arns, actions = ["kms:Decrypt", "kms:GenerateDataKey"], services = ["s3", "sns", "sqs"] },
  ]

  statements = {
    dead_letter = [for arn in var.settings.dead_letter_queue[*].target_arn : {
      actions   = local.sending[split(":", arn)[2]]
      resources = [arn]
    }]

    destinations = [for arn in local.destinations : {
      actions   = local.sending[split(":", arn)[2]]
      resources = split(":", arn)[2] == "s3" ? [arn, "${arn}/*"] : [arn]
    }]

    kms = concat(
      [for arn in var.settings.kms_key[*].arn : {
        actions   = ["kms:Decrypt"]
        resources = [arn]
      }],
      [for use in local.keys_of_others : {
        actions   = use.actions
        resources = use.arns
        condition = { StringEquals = { "kms:ViaService" = [
          for name in setproduct(use.services, distinct([for arn in use.arns : split(":", arn)[3]])) : "${name[0]}.${name[1]}.amazonaws.com"
        ] } }
      } if length(use.arns) > 0],
    )

    # Lambda creates the network interfaces, so their ARNs are not known. The describe actions support no resource but *.
    # The subnets and security groups of a shared VPC belong to another account.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    vpc = flatten([for vpc in var.settings.vpc[*] : [
      {
        actions   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
        resources = ["*"]
      },
      {
        actions = ["ec2:CreateNetworkInterface"]
        resources = concat(
          ["${local.ec2}:network-interface/*"],
          [for id in vpc.subnet_ids : "${local.ec2}:subnet/${id}"],
          [for id in vpc.security_group_ids : "${local.ec2}:security-group/${id}"],
        )
      },
      {
        actions   = ["ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
        resources = ["${local.ec2}:network-interface/*"]
      },
      {
        # Lambda itself needs these permissions, the code of the function does not.
        effect    = "Deny"
        actions   = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DetachNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
        resources = ["*"]
        condition = { ArnEquals = { "lambda:SourceFunctionArn" = [local.function_arn] } }
      },
    ]])

    # These actions support no resource except *.
    # https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    xray = [for mode in var.settings.xray ? ["Active"] : [] : {
      actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      resources = ["*"]
    }]
  }
}
