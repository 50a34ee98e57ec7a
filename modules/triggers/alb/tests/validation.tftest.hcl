mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  name         = "bar-dev-serve"
  listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
  priority     = 1
}

run "listener_by_name" {
  command = plan

  variables {
    listener_arn = "shared"
  }

  expect_failures = [var.listener_arn]
}

run "listener_that_is_a_load_balancer" {
  command = plan

  variables {
    listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shared/50dc6c495c0c9188"
  }

  expect_failures = [var.listener_arn]
}

run "listener_of_a_network_load_balancer" {
  command = plan

  variables {
    listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/net/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
  }

  expect_failures = [var.listener_arn]
}

run "priority_0" {
  command = plan

  variables {
    priority = 0
  }

  expect_failures = [var.priority]
}

run "priority_50001" {
  command = plan

  variables {
    priority = 50001
  }

  expect_failures = [var.priority]
}

run "priority_that_is_not_whole" {
  command = plan

  variables {
    priority = 1.5
  }

  expect_failures = [var.priority]
}

run "name_that_is_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "prefix_without_a_slash" {
  command = plan

  variables {
    prefix = "menu"
  }

  expect_failures = [var.prefix]
}

run "prefix_that_ends_with_a_slash" {
  command = plan

  variables {
    prefix = "/menu/"
  }

  expect_failures = [var.prefix]
}

run "prefix_with_a_wildcard" {
  command = plan

  variables {
    prefix = "/menu*"
  }

  expect_failures = [var.prefix]
}

run "prefix_with_a_query" {
  command = plan

  variables {
    prefix = "/menu?a=1"
  }

  expect_failures = [var.prefix]
}

run "prefix_that_is_too_long" {
  command = plan

  variables {
    prefix = "/${join("", [for n in range(126) : "x"])}"
  }

  expect_failures = [var.prefix]
}

run "host_without_a_dot" {
  command = plan

  variables {
    host = "localhost"
  }

  expect_failures = [var.host]
}

run "host_that_ends_with_a_digit" {
  command = plan

  variables {
    host = "127.0.0.1"
  }

  expect_failures = [var.host]
}

run "host_with_a_port" {
  command = plan

  variables {
    host = "bar.example.com:443"
  }

  expect_failures = [var.host]
}

run "host_that_is_too_long" {
  command = plan

  variables {
    host = "${join("", [for n in range(125) : "x"])}.com"
  }

  expect_failures = [var.host]
}

run "tag_that_is_aws_s" {
  command = plan

  variables {
    tags = { "aws:team" = "bar" }
  }

  expect_failures = [var.tags]
}
