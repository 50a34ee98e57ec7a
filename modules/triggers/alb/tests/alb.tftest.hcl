mock_provider "aws" {
  mock_resource "aws_lb_target_group" {
    defaults = {
      arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/bar-dev-serve/73e2d6bc24d8a067"
    }
  }
}

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
    priority     = 45001
  }
}

run "name_with_an_underscore" {
  command = plan

  variables {
    target_group = {
      name = "bar-dev-serve_menu"
    }
  }

  assert {
    condition     = aws_lb_target_group.this.name == "bar-dev-serve-menu-${substr(md5("bar-dev-serve_menu"), 0, 6)}"
    error_message = "Invalid characters become hyphens, and a hash distinguishes the name from bar-dev-serve-menu."
  }
}

run "name_of_32_characters" {
  command = plan

  variables {
    target_group = {
      name = "bar-dev-serve-12345678901234567x"
    }
  }

  assert {
    condition     = aws_lb_target_group.this.name == "bar-dev-serve-12345678901234567x"
    error_message = "A valid name is kept."
  }
}

run "name_that_is_too_long" {
  command = plan

  variables {
    target_group = {
      name = "bar-dev-serve-1234567890--23456789"
    }
  }

  assert {
    condition     = aws_lb_target_group.this.name == "bar-dev-serve-1234567890-${substr(md5("bar-dev-serve-1234567890--23456789"), 0, 6)}"
    error_message = "A long name is shortened and gets a hash."
  }
}

run "name_without_a_valid_character" {
  command = plan

  variables {
    target_group = {
      name = "_-_"
    }
  }

  assert {
    condition     = aws_lb_target_group.this.name == substr(md5("_-_"), 0, 6)
    error_message = "The hash alone is a name too."
  }
}

run "defaults" {
  command = apply

  assert {
    condition     = aws_lb_target_group.this.name == "bar-dev-serve" && aws_lb_target_group.this.target_type == "lambda"
    error_message = "The target group is for a function, and a valid name is kept."
  }

  assert {
    condition     = aws_lb_target_group.this.lambda_multi_value_headers_enabled == false
    error_message = "Headers have single values by default."
  }

  assert {
    condition     = aws_lambda_permission.this.function_name == "bar-dev" && aws_lambda_permission.this.action == "lambda:InvokeFunction"
    error_message = "The permission allows invoking the function."
  }

  assert {
    condition     = aws_lambda_permission.this.statement_id == "alb-bar-dev-serve-cd0618f3"
    error_message = "The ID of the statement follows from the name of the source, so every plan has the same."
  }

  assert {
    condition     = aws_lambda_permission.this.principal == "elasticloadbalancing.amazonaws.com" && aws_lambda_permission.this.source_arn == aws_lb_target_group.this.arn
    error_message = "The permission is for this target group only."
  }

  assert {
    condition     = aws_lb_target_group_attachment.this.target_id == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev" && aws_lb_target_group_attachment.this.target_group_arn == aws_lb_target_group.this.arn
    error_message = "The function is the group's target."
  }

  assert {
    condition     = aws_lb_listener_rule.this.listener_arn == var.listener_rule.listener_arn && aws_lb_listener_rule.this.priority == 45001
    error_message = "The rule belongs to the listener."
  }

  assert {
    condition     = [for action in aws_lb_listener_rule.this.action : [action.type, action.target_group_arn]] == [["forward", aws_lb_target_group.this.arn]]
    error_message = "The rule forwards to the target group."
  }

  assert {
    condition     = [for condition in aws_lb_listener_rule.this.condition : [for pattern in condition.path_pattern : pattern.values]] == [[toset(["*"])]]
    error_message = "Without a prefix and a host, the rule matches every request."
  }
}

run "everything" {
  command = apply

  variables {
    target_group = {
      name                = "bar-dev-serve"
      tags                = { team = "bar" }
      multi_value_headers = true
    }
    listener_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
      priority     = 45001
      prefix       = "/menu/$a.b_c~\"'@:+&-"
      host         = "*.bar.example.com"
    }
  }

  assert {
    condition = toset(flatten([for condition in aws_lb_listener_rule.this.condition : [for pattern in condition.path_pattern : pattern.values]])) == toset([
      "/menu/$a.b_c~\"'@:+&-", "/menu/$a.b_c~\"'@:+&-/*",
    ])
    error_message = "The rule matches the prefix itself and everything below it, but not other paths that start with it."
  }

  assert {
    condition     = flatten([for condition in aws_lb_listener_rule.this.condition : [for host in condition.host_header : host.values]]) == ["*.bar.example.com"]
    error_message = "The rule is for the host."
  }

  assert {
    condition     = aws_lb_target_group.this.tags["team"] == "bar" && aws_lb_listener_rule.this.tags["team"] == "bar"
    error_message = "The group and the rule are tagged."
  }

  assert {
    condition     = aws_lb_target_group.this.lambda_multi_value_headers_enabled
    error_message = "Headers and query parameters have lists of values."
  }
}
