"""The resource types of load balancers, with look-ups of existing resources on AWS.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from ...model.resource_type import ResourceType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Client = Callable[[str], Any]
    Values = Mapping[str, Any]


def _find_load_balancer(client: Client, planned: Values) -> str:
    balancers = client("elbv2").describe_load_balancers(Names=[planned["name"]])["LoadBalancers"]
    return str(balancers[0]["LoadBalancerArn"])


def _find_listener(client: Client, planned: Values) -> str | None:
    listeners = client("elbv2").describe_listeners(LoadBalancerArn=planned["load_balancer_arn"])["Listeners"]
    return next((each["ListenerArn"] for each in listeners if each["Port"] == planned["port"]), None)


def _find_listener_rule(client: Client, planned: Values) -> str | None:
    rules = client("elbv2").describe_rules(ListenerArn=planned["listener_arn"])["Rules"]
    return next((each["RuleArn"] for each in rules if each["Priority"] == str(planned["priority"])), None)


def _find_target_group(client: Client, planned: Values) -> str:
    groups = client("elbv2").describe_target_groups(Names=[planned["name"]])["TargetGroups"]
    return str(groups[0]["TargetGroupArn"])


def _find_record(client: Client, planned: Values) -> str | None:
    zone, name, kind = planned["zone_id"], planned["name"], planned["type"]
    records = client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )["ResourceRecordSets"]
    exists = any((each["Name"].rstrip("."), each["Type"]) == (name, kind) for each in records)
    return f"{zone}_{name}_{kind}" if exists else None


def _find_security_group(client: Client, planned: Values) -> str | None:
    filters = {"group-name": planned["name"], "vpc-id": planned["vpc_id"]}
    groups = client("ec2").describe_security_groups(Filters=_make_filters(filters))["SecurityGroups"]
    return groups[0]["GroupId"] if groups else None


def _find_ingress_rule(client: Client, planned: Values) -> str | None:
    filters = {"group-id": planned["security_group_id"]}
    rules = client("ec2").describe_security_group_rules(Filters=_make_filters(filters))["SecurityGroupRules"]
    key = (False, planned["from_port"], planned["cidr_ipv4"])
    matches = (
        each["SecurityGroupRuleId"]
        for each in rules
        if (each["IsEgress"], each.get("FromPort"), each.get("CidrIpv4")) == key
    )
    return next(matches, None)


def _find_web_acl_association(client: Client, planned: Values) -> str | None:
    arn = planned["resource_arn"]
    web_acl = client("wafv2").get_web_acl_for_resource(ResourceArn=arn).get("WebACL")
    return f"{web_acl['ARN']},{arn}" if web_acl else None


def _make_filters(values: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"Name": name, "Values": [value]} for name, value in values.items()]


LOAD_BALANCER_RESOURCES = (
    ResourceType(
        type="aws_lb",
        noun="load balancer",
        identity=("name",),
        outage="requests fail for some minutes, until the new load balancer works",
        protection="enable_deletion_protection",
        find=_find_load_balancer,
    ),
    ResourceType(
        type="aws_lb_listener", noun="listener", identity=("load_balancer_arn", "port"), find=_find_listener
    ),
    ResourceType(
        type="aws_lb_listener_rule",
        noun="listener rule",
        identity=("listener_arn", "priority"),
        kind=lambda _: "alb",
        source=("listener_arn", "condition"),
        find=_find_listener_rule,
    ),
    ResourceType(
        type="aws_lb_target_group", noun="target group", identity=("name",), find=_find_target_group
    ),
    ResourceType(
        type="aws_lb_target_group_attachment",
        noun="target",
        identity=("target_group_arn", "target_id"),
        adopted="RegisterTargets accepts a target that is registered already",
    ),
    ResourceType(
        type="aws_route53_record",
        noun="Route 53 record",
        identity=("zone_id", "name", "type"),
        find=_find_record,
    ),
    ResourceType(
        type="aws_wafv2_web_acl_association",
        noun="web ACL",
        identity=("resource_arn",),
        find=_find_web_acl_association,
    ),
    ResourceType(
        type="aws_security_group",
        noun="security group",
        identity=("vpc_id", "name"),
        find=_find_security_group,
    ),
    ResourceType(
        type="aws_vpc_security_group_ingress_rule",
        noun="ingress rule",
        identity=("security_group_id", "from_port", "cidr_ipv4"),
        find=_find_ingress_rule,
    ),
)
