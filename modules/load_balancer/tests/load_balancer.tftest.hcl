mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = {
      arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/bar-dev/50dc6c495c0c9188"
      dns_name = "bar-dev-1234567890.us-east-1.elb.amazonaws.com"
      zone_id  = "Z35SXDOTRQ7X7K"
    }
  }

  mock_resource "aws_lb_listener" {
    defaults = {
      arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/bar-dev/50dc6c495c0c9188/f2f7dc8efc522ab2"
    }
  }

  mock_data "aws_vpc" {
    defaults = {
      id = "vpc-default"
    }
  }

  mock_data "aws_subnets" {
    defaults = {
      ids = ["subnet-a", "subnet-b"]
    }
  }

  mock_data "aws_subnet" {
    defaults = {
      vpc_id = "vpc-given"
    }
  }

  mock_data "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    }
  }

  mock_data "aws_route53_zone" {
    defaults = {
      zone_id = "Z1D633PJN98FT9"
    }
  }
}

variables {
  name        = "bar-dev"
  domain_name = "menu.bar.example.com"
}

run "defaults" {
  command = apply

  assert {
    condition     = aws_lb.this.name == "bar-dev" && aws_lb.this.load_balancer_type == "application" && !aws_lb.this.internal
    error_message = "It is an Application Load Balancer that faces the internet."
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields
    error_message = "Invalid headers do not reach the functions."
  }

  assert {
    condition     = !aws_lb.this.enable_deletion_protection && !aws_lb.this.access_logs[0].enabled && length(aws_wafv2_web_acl_association.this) == 0
    error_message = "There are no access logs, no deletion protection and no web ACL."
  }

  assert {
    condition     = aws_lb.this.subnets == toset(["subnet-a", "subnet-b"]) && aws_security_group.this.vpc_id == "vpc-default"
    error_message = "It is in the default subnets of the default VPC."
  }

  assert {
    condition     = data.aws_vpc.default["default"].default && [for filter in data.aws_subnets.default["default"].filter : [filter.name, filter.values]] == [["default-for-az", toset(["true"])], ["vpc-id", toset(["vpc-default"])]]
    error_message = "The default VPC and its default subnets are looked up."
  }

  assert {
    condition     = aws_lb.this.security_groups == toset([aws_security_group.this.id])
    error_message = "The security group is the load balancer's."
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_ingress_rule.https.security_group_id == aws_security_group.this.id,
      aws_vpc_security_group_ingress_rule.https.cidr_ipv4 == "0.0.0.0/0",
      aws_vpc_security_group_ingress_rule.https.ip_protocol == "tcp",
      aws_vpc_security_group_ingress_rule.https.from_port == 443,
      aws_vpc_security_group_ingress_rule.https.to_port == 443,
    ])
    error_message = "Only HTTPS is allowed, from anywhere."
  }

  assert {
    condition     = data.aws_acm_certificate.this.domain == "menu.bar.example.com" && data.aws_acm_certificate.this.statuses == tolist(["ISSUED"]) && data.aws_acm_certificate.this.most_recent
    error_message = "The newest issued certificate of the domain name is looked up."
  }

  assert {
    condition = alltrue([
      aws_lb_listener.https.load_balancer_arn == aws_lb.this.arn,
      aws_lb_listener.https.port == 443,
      aws_lb_listener.https.protocol == "HTTPS",
      aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06",
      aws_lb_listener.https.certificate_arn == data.aws_acm_certificate.this.arn,
    ])
    error_message = "The listener speaks TLS 1.2 and 1.3 only, with that certificate."
  }

  assert {
    condition     = [for action in aws_lb_listener.https.default_action : [for response in action.fixed_response : [response.status_code, response.message_body]]] == [[["404", "Not found"]]]
    error_message = "A request that matches no rule gets a 404."
  }

  assert {
    condition     = data.aws_route53_zone.this.name == "bar.example.com"
    error_message = "The zone is that of the parent domain."
  }

  assert {
    condition     = aws_route53_record.this.zone_id == "Z1D633PJN98FT9" && aws_route53_record.this.name == "menu.bar.example.com" && aws_route53_record.this.type == "A"
    error_message = "The record has the domain name."
  }

  assert {
    condition     = [for alias in aws_route53_record.this.alias : [alias.name, alias.zone_id]] == [["bar-dev-1234567890.us-east-1.elb.amazonaws.com", "Z35SXDOTRQ7X7K"]]
    error_message = "The record points to the load balancer."
  }

  assert {
    condition = alltrue([
      output.listener_arn == aws_lb_listener.https.arn,
      output.load_balancer_arn == aws_lb.this.arn,
      output.dns_name == aws_lb.this.dns_name,
      output.url == "https://menu.bar.example.com",
    ])
    error_message = "The outputs contain its address."
  }
}

run "everything" {
  command = apply

  variables {
    zone_name  = "example.com"
    subnet_ids = ["subnet-1", "subnet-2"]
    internal   = true
    tags       = { team = "bar" }

    access_logs = {
      bucket = "logs"
      prefix = "bar"
    }
    deletion_protection        = true
    drop_invalid_header_fields = false
    web_acl                    = { arn = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/bar/1" }
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.access_logs[0].bucket == "logs" && aws_lb.this.access_logs[0].prefix == "bar"
    error_message = "Access logs are in the bucket."
  }

  assert {
    condition     = aws_lb.this.enable_deletion_protection && !aws_lb.this.drop_invalid_header_fields
    error_message = "The load balancer cannot be deleted, and all headers reach the functions."
  }

  assert {
    condition     = [for each in aws_wafv2_web_acl_association.this : [each.resource_arn, each.web_acl_arn]] == [[aws_lb.this.arn, "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/bar/1"]]
    error_message = "The web ACL filters requests."
  }

  assert {
    condition     = aws_lb.this.subnets == toset(["subnet-1", "subnet-2"]) && aws_security_group.this.vpc_id == "vpc-given" && data.aws_subnet.first["first"].id == "subnet-1"
    error_message = "It is in the given subnets, and its security group is in their VPC."
  }

  assert {
    condition     = length(data.aws_vpc.default) == 0 && length(data.aws_subnets.default) == 0
    error_message = "With subnets, the default VPC is not looked up, because there may be none."
  }

  assert {
    condition     = aws_lb.this.internal && data.aws_route53_zone.this.name == "example.com"
    error_message = "The load balancer is internal, and the zone is the given one."
  }

  assert {
    condition = alltrue([for tags in [
      aws_lb.this.tags, aws_lb_listener.https.tags, aws_security_group.this.tags, aws_vpc_security_group_ingress_rule.https.tags,
    ] : tags["team"] == "bar"])
    error_message = "All resources that support tags are tagged."
  }
}

run "domain_of_two_labels" {
  command = plan

  variables {
    domain_name = "example.com"
  }

  assert {
    condition     = data.aws_route53_zone.this.name == "example.com"
    error_message = "A domain name of two labels is its own zone."
  }
}

run "wildcard" {
  command = plan

  variables {
    domain_name = "*.example.com"
  }

  assert {
    condition     = data.aws_route53_zone.this.name == "example.com" && aws_route53_record.this.name == "*.example.com"
    error_message = "With a wildcard certificate, the record covers every name below the zone."
  }
}

run "name_that_is_too_long" {
  command = plan

  variables {
    name = "bar-dev_1234567890123456789012345"
  }

  assert {
    condition     = aws_lb.this.name == "bar-dev-12345678901234567-${substr(md5("bar-dev_1234567890123456789012345"), 0, 6)}"
    error_message = "A long name is shortened and gets a hash."
  }
}

run "name_that_a_security_group_cannot_start_with" {
  command = plan

  variables {
    name = "sg-dev"
  }

  assert {
    condition     = aws_lb.this.name == "sg-dev" && aws_security_group.this.name == "load-balancer-sg-dev"
    error_message = "The name of the security group does not start with sg-."
  }
}

run "name_with_a_reserved_prefix" {
  command = plan

  variables {
    name = "internal-bar"
  }

  assert {
    condition     = aws_lb.this.name == "bar-${substr(md5("internal-bar"), 0, 6)}"
    error_message = "The prefix internal- is reserved by AWS."
  }
}
