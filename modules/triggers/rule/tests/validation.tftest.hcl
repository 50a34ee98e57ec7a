mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  rule = {
    name      = "bar-dev-restock"
    task_name = "restock"
  }
}

run "longest_pattern_and_bus" {
  command = plan

  variables {
    rule = {
      name           = "bar-dev-restock"
      task_name      = "restock"
      event_pattern  = jsonencode({ source = [format("%4081s", "gin")] })
      event_bus_name = join("", [for i in range(256) : "b"])
    }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this.event_pattern) == 4096
    error_message = "A pattern of 4096 characters is accepted."
  }
}
