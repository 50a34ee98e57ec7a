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

run "name_that_is_empty" {
  command = plan

  variables {
    target_group = {
      name = ""
    }
  }

  expect_failures = [var.target_group]
}

run "name_that_is_null" {
  command = plan

  variables {
    target_group = {
      name = null
    }
  }

  expect_failures = [var.target_group]
}

run "prefix_without_a_slash" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      prefix       = "menu"
    }
  }

  expect_failures = [var.listener_rule]
}

run "prefix_that_ends_with_a_slash" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      prefix       = "/menu/"
    }
  }

  expect_failures = [var.listener_rule]
}

run "prefix_with_a_wildcard" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      prefix       = "/menu*"
    }
  }

  expect_failures = [var.listener_rule]
}

run "prefix_with_a_query" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      prefix       = "/menu?a=1"
    }
  }

  expect_failures = [var.listener_rule]
}

run "host_without_a_dot" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      host         = "localhost"
    }
  }

  expect_failures = [var.listener_rule]
}

run "host_that_ends_with_a_digit" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      host         = "127.0.0.1"
    }
  }

  expect_failures = [var.listener_rule]
}

run "host_with_a_port" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      host         = "bar.example.com:443"
    }
  }

  expect_failures = [var.listener_rule]
}

run "host_that_is_too_long" {
  command = plan

  variables {
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 1
      host         = "${join("", [for n in range(125) : "x"])}.com"
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
