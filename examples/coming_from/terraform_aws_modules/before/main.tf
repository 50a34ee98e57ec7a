resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = 180
}

module "order" {
  source = "terraform-aws-modules/lambda/aws"

  function_name = "shop-dev-order"
  handler       = "app.order"
  runtime       = "python3.12"
  source_path   = "${path.module}/src"
  memory_size   = 256
  timeout       = 30

  environment_variables = {
    CURRENCY = "EUR"
  }

  event_source_mapping = {
    orders = {
      event_source_arn = aws_sqs_queue.orders.arn
      batch_size       = 5
    }
  }

  attach_policies    = true
  number_of_policies = 1
  policies           = ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
}

module "sweep" {
  source = "terraform-aws-modules/lambda/aws"

  function_name = "shop-dev-sweep"
  handler       = "app.sweep"
  runtime       = "python3.12"
  source_path   = "${path.module}/src"

  create_current_version_allowed_triggers = false
  allowed_triggers = {
    nightly = {
      principal  = "events.amazonaws.com"
      source_arn = module.eventbridge.eventbridge_rule_arns["nightly"]
    }
  }
}

module "eventbridge" {
  source = "terraform-aws-modules/eventbridge/aws"

  create_bus = false

  rules = {
    nightly = {
      schedule_expression = "cron(0 3 * * ? *)"
    }
  }

  targets = {
    nightly = [
      {
        name = "sweep"
        arn  = module.sweep.lambda_function_arn
      }
    ]
  }
}
