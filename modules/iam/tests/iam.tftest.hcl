mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/bar-dev"
    }
  }
}

variables {
  name          = "bar-dev"
  log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev"
}

# First, while there is no state.
run "refresh_before_the_first_apply" {
  command = plan

  plan_options {
    mode = refresh-only
  }

  assert {
    condition     = output.role_name == null && output.role_arn == null && output.mapping_role_arn == null
    error_message = "A refresh-only plan works although there is no role yet."
  }
}

run "defaults" {
  assert {
    condition = jsondecode(aws_iam_role.this["this"].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Lambda"
        Effect    = "Allow"
        Principal = { Service = "lambda.amazonaws.com" }
        Action    = "sts:AssumeRole"
      }]
    }
    error_message = "Only Lambda can assume the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.needed["logs"].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev:*"]
      }]
    }
    error_message = "The role can only write to the streams of its own log group."
  }

  assert {
    condition     = aws_iam_role_policy.needed["logs"].name == "logs" && aws_iam_role_policy.needed["logs"].role == "bar-dev"
    error_message = "The policy is attached to the role."
  }

  assert {
    condition     = keys(aws_iam_role_policy.needed) == ["logs"] && length(aws_iam_role_policy.policies) == 0
    error_message = "There is no other policy by default."
  }

  assert {
    condition     = output.role_name == "bar-dev" && output.role_arn == "arn:aws:iam::123456789012:role/bar-dev"
    error_message = "The outputs identify the role."
  }

  assert {
    condition     = aws_iam_role.this["this"].permissions_boundary == null
    error_message = "There is no permissions boundary by default."
  }
}

run "one_policy_per_concern_and_document" {
  variables {
    statements = {
      sqs = [{
        actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
        resources = ["arn:aws:sqs:us-east-1:123456789012:orders", "arn:aws:sqs:us-east-1:123456789012:drinks"]
      }]
      kinesis = [
        {
          actions   = ["kinesis:GetRecords"]
          resources = ["arn:aws:kinesis:us-east-1:123456789012:stream/orders"]
        },
        {
          actions   = ["kinesis:DescribeStreamSummary"]
          resources = ["arn:aws:kinesis:us-east-1:123456789012:stream/*"]
        },
      ]
    }
    tags = { stage = "dev" }
    role = {
      policies = {
        user = "{ \"Version\": \"2012-10-17\",\n  \"Statement\": { \"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::home/$${aws:username}\" } }"
      }
    }
  }

  assert {
    condition     = keys(aws_iam_role_policy.needed) == ["kinesis", "logs", "sqs"] && keys(aws_iam_role_policy.policies) == ["user"]
    error_message = "Each concern and each document becomes a policy."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.needed["sqs"].policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid      = "Sqs"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
        Resource = ["arn:aws:sqs:us-east-1:123456789012:orders", "arn:aws:sqs:us-east-1:123456789012:drinks"]
      }]
    }
    error_message = "A statement allows its actions on its resources."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.needed["kinesis"].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Kinesis"
          Effect   = "Allow"
          Action   = ["kinesis:GetRecords"]
          Resource = ["arn:aws:kinesis:us-east-1:123456789012:stream/orders"]
        },
        {
          Sid      = "Kinesis2"
          Effect   = "Allow"
          Action   = ["kinesis:DescribeStreamSummary"]
          Resource = ["arn:aws:kinesis:us-east-1:123456789012:stream/*"]
        },
      ]
    }
    error_message = "The statements of a concern share a policy, in order."
  }

  assert {
    condition     = aws_iam_role_policy.policies["user"].policy == var.role.policies["user"]
    error_message = "A policy document is passed on unchanged."
  }

  assert {
    condition = alltrue([
      for policy in concat(values(aws_iam_role_policy.needed), values(aws_iam_role_policy.policies)) : policy.role == "bar-dev"
    ])
    error_message = "Every policy is attached to the role."
  }

  assert {
    condition     = aws_iam_role_policy.needed["sqs"].name == "sqs" && aws_iam_role_policy.policies["user"].name == "user"
    error_message = "A policy is named after its concern or key."
  }

  assert {
    condition     = aws_iam_role.this["this"].tags == tomap({ stage = "dev" })
    error_message = "The role is tagged."
  }
}

run "policy_names" {
  variables {
    statements         = { states = [{ actions = ["states:StartExecution"], resources = ["arn:aws:states:us-east-1:123456789012:stateMachine:bar"] }] }
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    role = {
      policies     = { user = "{}", more = "{}" }
      policy_names = { logs = "bar-logs", sqs = "logs", user = "bar-dev", kinesis = "unused" }
    }
  }

  assert {
    condition     = { for key, policy in aws_iam_role_policy.needed : key => policy.name } == { logs = "bar-logs", states = "states" }
    error_message = "The function's own policies have the given names, and keep their addresses."
  }

  assert {
    condition     = aws_iam_role_policy.mappings["sqs"].name == "logs"
    error_message = "The policies of mappings have the given names; another policy's former name is free."
  }

  assert {
    condition     = { for key, policy in aws_iam_role_policy.policies : key => policy.name } == { more = "more", user = "bar-dev" }
    error_message = "The documents have the given names."
  }
}

run "interfaces_and_traces_on_all_resources" {
  variables {
    statements = {
      vpc = [{
        actions   = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"]
        resources = ["*"]
      }]
      xray = [{ actions = ["xray:PutTraceSegments"], resources = ["*"] }]
    }
    role = {
      permissions_boundary = "arn:aws:iam::123456789012:policy/bounds"
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.needed["xray"].policy).Statement == [{ Sid = "Xray", Effect = "Allow", Action = ["xray:PutTraceSegments"], Resource = ["*"] }]
    error_message = "They are allowed on all resources."
  }

  assert {
    condition     = aws_iam_role.this["this"].permissions_boundary == "arn:aws:iam::123456789012:policy/bounds"
    error_message = "The permissions boundary is passed on."
  }
}

run "mapping_statements" {
  variables {
    statements = { states = [{ actions = ["states:StartExecution"], resources = ["arn:aws:states:us-east-1:123456789012:stateMachine:bar"] }] }
    mapping_statements = {
      kinesis = [{ actions = ["kinesis:GetRecords"], resources = ["arn:aws:kinesis:us-east-1:123456789012:stream/orders"] }]
      sqs = [
        { actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] },
        { actions = ["sqs:DeleteMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:drinks"] },
      ]
    }
  }

  assert {
    condition     = keys(aws_iam_role_policy.needed) == ["logs", "states"] && keys(aws_iam_role_policy.mappings) == ["kinesis", "sqs"]
    error_message = "The function's own policies are separate from those of its mappings."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.mappings["sqs"].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Sqs"
          Effect   = "Allow"
          Action   = ["sqs:ReceiveMessage"]
          Resource = ["arn:aws:sqs:us-east-1:123456789012:orders"]
        },
        {
          Sid      = "Sqs2"
          Effect   = "Allow"
          Action   = ["sqs:DeleteMessage"]
          Resource = ["arn:aws:sqs:us-east-1:123456789012:drinks"]
        },
      ]
    }
    error_message = "A statement allows its actions on its resources, and those of a concern share a policy."
  }

  assert {
    condition     = aws_iam_role_policy.mappings["sqs"].name == "sqs" && aws_iam_role_policy.mappings["sqs"].role == "bar-dev"
    error_message = "The policy is named after its concern, and attached to the role."
  }

  assert {
    condition     = output.mapping_role_arn == "arn:aws:iam::123456789012:role/bar-dev"
    error_message = "Mappings wait for the role itself."
  }

  assert {
    condition     = [for statement in jsondecode(output.policy_document).Statement : split(":", statement.Action[0])[0]] == ["kinesis", "logs", "sqs", "sqs", "states"]
    error_message = "The output contains the permissions of the function and its mappings."
  }
}

run "without_the_generated_policies" {
  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    role = {
      autogen_policy = false
      policies       = { user = "{}" }
    }
  }

  assert {
    condition     = length(aws_iam_role_policy.needed) + length(aws_iam_role_policy.mappings) == 0 && keys(aws_iam_role_policy.policies) == ["user"]
    error_message = "The role has only the policy file."
  }

  assert {
    condition = jsondecode(output.policy_document) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Logs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/bar-dev:*"]
        },
        {
          Sid      = "Sqs"
          Effect   = "Allow"
          Action   = ["sqs:ReceiveMessage"]
          Resource = ["arn:aws:sqs:us-east-1:123456789012:orders"]
        },
      ]
    }
    error_message = "The output contains the function's permissions."
  }
}

run "existing_role" {
  variables {
    mapping_statements = { sqs = [{ actions = ["sqs:ReceiveMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }] }
    role = {
      policies = { user = "{}" }
      existing = { arn = "arn:aws:iam::123456789012:role/team/shared" }
    }
  }

  assert {
    condition     = length(aws_iam_role.this) + length(aws_iam_role_policy.needed) + length(aws_iam_role_policy.mappings) + length(aws_iam_role_policy.policies) == 0
    error_message = "Nothing is created, and nothing is attached to the role."
  }

  assert {
    condition     = output.role_arn == output.mapping_role_arn && output.role_arn == "arn:aws:iam::123456789012:role/team/shared" && output.role_name == "shared"
    error_message = "The outputs identify the existing role."
  }

  assert {
    condition     = jsondecode(output.policy_document).Statement[*].Action == [["logs:CreateLogStream", "logs:PutLogEvents"], ["sqs:ReceiveMessage"]]
    error_message = "The output contains the permissions that the role needs."
  }
}

run "path_and_prefix" {
  variables {
    role = {
      path        = "/apps/"
      name_prefix = "eu-"
    }
  }

  assert {
    condition     = aws_iam_role.this["this"].path == "/apps/" && aws_iam_role.this["this"].name == "eu-bar-dev"
    error_message = "The role has the path and the prefix before its name."
  }
}

run "denied_on_a_condition" {
  variables {
    statements = {
      dead_letter = [{
        effect    = "Deny"
        actions   = ["sqs:SendMessage"]
        resources = ["*"]
        condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev"] } }
      }]
    }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.needed["dead_letter"].policy).Statement == [{
      Sid       = "DeadLetter"
      Effect    = "Deny"
      Action    = ["sqs:SendMessage"]
      Resource  = ["*"]
      Condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:aws:lambda:us-east-1:123456789012:function:bar-dev"] } }
    }]
    error_message = "A statement can deny, and only on a condition."
  }
}
