mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  target_group = {
    name = "bar-dev-serve"
  }
  listener_rule = {
    listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
    priority     = 1
  }
}

run "listener_by_name" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "shared"
      priority     = 1
    }
  }

  expect_failures = [var.listener_rule]
}

run "listener_that_is_a_load_balancer" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shared/50dc6c495c0c9188"
      priority     = 1
    }
  }

  expect_failures = [var.listener_rule]
}

run "listener_of_a_network_load_balancer" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/net/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
    }
  }

  expect_failures = [var.listener_rule]
}

run "listener_of_another_region" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/bar/1/2"
      priority     = 1
    }
  }

  expect_failures = [var.listener_rule]
}
