locals {
  # Load balancer names have at most 32 letters, digits and hyphens, and must not start with internal-. Other names
  # are shortened, and six digits of their hash make them unique.
  is_name = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
  plain   = trimprefix(replace(var.name, "/[^A-Za-z0-9]+/", "-"), "internal-")
  hash    = substr(md5(var.name), 0, 6)
  name    = local.is_name ? var.name : join("-", compact([trim(substr(local.plain, 0, 25), "-"), local.hash]))

  labels    = split(".", var.domain_name)
  parent    = length(local.labels) > 2 ? join(".", slice(local.labels, 1, length(local.labels))) : var.domain_name
  zone_name = var.zone_name == null ? local.parent : var.zone_name

  subnet_ids = var.subnet_ids == null ? data.aws_subnets.default["default"].ids : var.subnet_ids
  vpc_id     = var.subnet_ids == null ? data.aws_vpc.default["default"].id : data.aws_subnet.first["first"].vpc_id
}

data "aws_subnet" "first" {
  for_each = var.subnet_ids == null ? {} : { first = var.subnet_ids[0] }

  id = each.value
}

data "aws_vpc" "default" {
  for_each = var.subnet_ids == null ? toset(["default"]) : toset([])

  default = true
}

data "aws_subnets" "default" {
  for_each = data.aws_vpc.default

  filter {
    name   = "vpc-id"
    values = [each.value.id]
  }

  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

data "aws_acm_certificate" "this" {
  domain      = var.domain_name
  statuses    = ["ISSUED"]
  most_recent = true
}

data "aws_route53_zone" "this" {
  name = local.zone_name
}

# The name of a security group must not start with sg-, but that of a load balancer can.
# There is no egress rule, and Terraform removes the default one: the load balancer invokes functions directly, not
# through its network.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
resource "aws_security_group" "this" {
  name        = startswith(local.name, "sg-") ? "load-balancer-${local.name}" : "${local.name}-load-balancer"
  description = "HTTPS to the load balancer ${local.name}."
  vpc_id      = local.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "HTTPS from anywhere."
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_lb" "this" {
  name                       = local.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = local.subnet_ids
  security_groups            = [aws_security_group.this.id]
  drop_invalid_header_fields = var.drop_invalid_header_fields
  enable_deletion_protection = var.deletion_protection
  tags                       = var.tags

  # Without the block, the provider would keep access logs that are on.
  access_logs {
    enabled = var.access_logs != null
    bucket  = var.access_logs == null ? "" : var.access_logs.bucket
    prefix  = var.access_logs == null ? null : var.access_logs.prefix
  }
}

# An object, so that Terraform knows before it knows the ARN whether there is one.
resource "aws_wafv2_web_acl_association" "this" {
  for_each = var.web_acl == null ? {} : { web_acl = var.web_acl }

  resource_arn = aws_lb.this.arn
  web_acl_arn  = each.value.arn
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = data.aws_acm_certificate.this.arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  tags              = var.tags

  # For requests that match no rule.
  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "Not found"
    }
  }

  # No request arrives before it is filtered.
  depends_on = [aws_wafv2_web_acl_association.this]
}

# No AAAA record: the load balancer has IPv4 addresses only.
resource "aws_route53_record" "this" {
  zone_id = data.aws_route53_zone.this.zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}
