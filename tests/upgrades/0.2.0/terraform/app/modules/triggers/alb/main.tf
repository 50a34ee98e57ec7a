locals {
  # Target group names have at most 32 letters, digits and hyphens. Other names are shortened, and six digits of
  # their hash make them unique.
  is_name = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.target_group.name))
  short   = trim(substr(replace(var.target_group.name, "/[^A-Za-z0-9]+/", "-"), 0, 25), "-")
  hash    = substr(md5(var.target_group.name), 0, 6)
  name    = local.is_name ? var.target_group.name : join("-", compact([local.short, local.hash]))

  prefix = var.listener_rule.prefix

  # The name of the source, which each plan knows, unlike its ARN. The group keeps it if another name is given.
  source = aws_lb_target_group.this.name
}

resource "aws_lb_target_group" "this" {
  name        = local.name
  target_type = "lambda"
  tags        = var.target_group.tags

  lambda_multi_value_headers_enabled = var.target_group.multi_value_headers

  # A target group that a rule forwards to cannot be deleted, so the rule must move to the new group first. Terraform
  # replaces everything that the group depends on in this order too. A load balancer cannot be replaced in this order,
  # because its name is still taken: do not refer to var.listener_rule or var.function here. A group keeps the name that
  # it was created with, which nobody sees: another name would replace it.
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [name]
  }
}

resource "aws_lambda_permission" "this" {
  # The same in every plan, and another one for another source. It is short, because the statements of a function have
  # at most 20 KB.
  statement_id = "alb-${replace(substr(local.source, max(0, length(local.source) - 17), -1), "/[^A-Za-z0-9_-]/", "-")}-${substr(sha256(local.source), 0, 8)}"

  # From the ARN, which is unknown if the function is replaced. That removes the statement, so it is created again.
  function_name = split(":", var.function.arn)[6]

  action     = "lambda:InvokeFunction"
  principal  = "elasticloadbalancing.amazonaws.com"
  source_arn = aws_lb_target_group.this.arn
}

resource "aws_lb_target_group_attachment" "this" {
  target_group_arn = aws_lb_target_group.this.arn
  target_id        = var.function.arn

  # A function that the load balancer cannot invoke cannot be registered as a target.
  depends_on = [aws_lambda_permission.this]
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = var.listener_rule.listener_arn
  priority     = var.listener_rule.priority
  tags         = var.target_group.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  condition {
    path_pattern {
      values = local.prefix == "" ? ["*"] : [local.prefix, "${local.prefix}/*"]
    }
  }

  dynamic "condition" {
    for_each = var.listener_rule.host[*]

    content {
      host_header {
        values = [condition.value]
      }
    }
  }

  # A request that arrives while the group is empty gets an error.
  depends_on = [aws_lb_target_group_attachment.this]
}
